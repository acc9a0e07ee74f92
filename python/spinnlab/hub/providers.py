# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect providers of `hub.toml`, each at /hub/oidc/NAME/."""

from __future__ import annotations

from typing import Any

from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.oauth2 import OAuthCallbackHandler, OAuthLoginHandler
from tornado import web
from tornado.httputil import url_concat
from traitlets import Any as AnyTrait

from spinnlab.hub import keys
from spinnlab.hub.cookies import FramedCookies
from spinnlab.hub.settings import Provider

#: The provider's word for "somebody has to do something on a page of mine": no error, the sign-in
#: page offers that. OpenID Connect Core 1.0, section 3.1.2.6.
NO_SESSION = {
    "login_required", "consent_required", "interaction_required", "account_selection_required",
}  # fmt: skip
#: Other words of the provider (RFC 6749, section 4.1.2.1) -> ours, see PROBLEMS.
ERRORS = {"access_denied": "denied"}


class LabProvider(GenericOAuthenticator):
    """One provider; names that are somebody else's at this hub are refused."""

    provider: Provider = AnyTrait()
    lab: Any = AnyTrait()  # the LabAuthenticator at whose door it stands

    @property
    def prefix(self) -> str:
        return f"oidc/{self.provider.name}"

    def login_url(self, base_url: str) -> str:
        return f"{base_url.rstrip('/')}/{self.prefix}/oauth_login"

    async def authenticate(self, handler: Any, data: Any = None, **options: Any) -> Any:
        model = await super().authenticate(handler, data, **options)
        if model is None:
            return None
        name = self.normalize_username(model["name"])
        if not self.lab.validate_username(name) or self.lab.is_kept_out(name):
            raise SignInRefusedError("not-allowed")
        if not self.lab.bind_way(name, self.provider.name):
            raise SignInRefusedError("taken")
        return model

    def get_handlers(self, _app: Any) -> list[tuple[str, type]]:
        class Login(_Login):
            authenticator = self

        class Callback(_Callback):
            authenticator = self

        return [
            (rf"/{self.prefix}/oauth_login", Login),
            (rf"/{self.prefix}/oauth_callback", Callback),
        ]


class SignInRefusedError(Exception):
    """The sign-in page is shown again with a reason out of PROBLEMS."""


class _Login(OAuthLoginHandler):
    """Off to the provider. With `silent=1` it may show no page: who has no session there comes back
    to the sign-in page (OpenID Connect Core 1.0, section 3.1.2.1: prompt=none)."""

    def authorize_redirect(self, *, extra_params: dict[str, Any], **options: Any) -> None:
        if self.get_argument("silent", "") == "1":
            extra_params["prompt"] = "none"
        super().authorize_redirect(extra_params=extra_params, **options)


class _Callback(FramedCookies, OAuthCallbackHandler):
    """The provider sends people back to here; whatever is wrong, they see the sign-in page."""

    async def get(self) -> None:
        if error := self.get_argument("error", ""):
            self._back("" if error in NO_SESSION else ERRORS.get(error, "provider"))
            return
        try:
            await super().get()
        except SignInRefusedError as error:
            self._back(str(error))
        except web.HTTPError as error:
            self.log.warning("sign-in by %s: %s", self.authenticator.provider.name, error)
            by_code = {400: "expired", 403: "not-allowed"}
            self._back(by_code.get(error.status_code, "provider"))

    def _back(self, problem: str) -> None:
        """To the sign-in page, which still knows where the person wanted to go."""
        given = {"problem": problem} if problem else {}
        wanted = {"next": self.get_next_url()}
        self.redirect(url_concat(f"{self.hub.base_url}login", {**given, **wanted}))


def make_provider(lab: Any, item: Provider) -> LabProvider:
    """The provider that `item` describes; raises SecretError if its secret will not do."""
    settings = lab.settings
    options: dict[str, Any] = {
        "provider": item,
        "lab": lab,
        "authorize_url": item.authorize_url,
        "token_url": item.token_url,
        "userdata_url": item.userdata_url,
        "client_id": item.client_id,
        "client_secret": keys.read_private(settings.folder / item.client_secret_file),
        "scope": item.scope,
        "username_claim": item.username_claim,
        "oauth_callback_url": f"{settings.public_url}/hub/oidc/{item.name}/oauth_callback",
        "login_service": item.title or item.name,
        "allow_all": not item.allowed_groups,
        "enable_auth_state": True,
        "admin_users": set(settings.people.admins),
    }
    if item.groups_claim:
        options |= {
            "manage_groups": True,
            "auth_state_groups_key": f"oauth_user.{item.groups_claim}",
            "allowed_groups": set(item.allowed_groups),
            "admin_groups": set(item.admin_groups),
        }
    if item.certificate_authority:
        options["http_request_kwargs"] = {"ca_certs": item.certificate_authority}
    return LabProvider(parent=lab, **options)
