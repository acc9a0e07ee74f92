// SPDX-License-Identifier: Apache-2.0
// A provider on loopback:  node provider.js PORT CALLBACK SECRET [CERTIFICATE KEY]
// Whoever signs in as NAME gets preferred_username NAME; people called "guest..." are in no group.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { Provider } from 'oidc-provider';

const [port, callback, secret, certificate, key] = process.argv.slice(2);
const issuer = `${certificate ? 'https' : 'http'}://localhost:${port}`;
// As providers do whose sessions count in frames of other sites, too; needs TLS.
const cookie = certificate ? { sameSite: 'none', secure: true, signed: true } : { signed: true };
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'spinnlab',
      client_secret: secret,
      redirect_uris: [callback],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
  // As real ones do: claims come from the userinfo address.
  conformIdTokenClaims: true,
  cookies: { keys: [secret], long: cookie, short: cookie },
  features: { devInteractions: { enabled: true } },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      preferred_username: id,
      email: `${id}@example.org`,
      groups: id.startsWith('guest') ? [] : ['lab'],
    }),
  }),
  ttl: { AccessToken: 60, Grant: 600, Interaction: 600, Session: 600, IdToken: 60 },
});
const answer = provider.callback();
const server = certificate
  ? createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer)
  : createServer(answer);
server.listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));
