// SPDX-License-Identifier: Apache-2.0
// A provider on loopback:  node provider.js PORT CALLBACK SECRET
// Whoever signs in as NAME gets preferred_username NAME; people called "guest..." are in no group.
import { Provider } from 'oidc-provider';

const [port, callback, secret] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
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
provider.listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));
