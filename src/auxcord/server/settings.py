"""The settings of one process, read once.

Values come from the environment first (or from the file that `NAME_FILE` names), then from a TOML file
(`AUXCORD_CONFIG`, keys spelled as in the environment), then from the defaults. `variables.py` says which
there are, `loading.py` reads them; nothing outside this floor reads the environment.
"""

# No postponed annotations: pydantic resolves them at run time.
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import ConfigDict, PrivateAttr, ValidationError

from auxcord.errors import SettingsError
from auxcord.server import loading, secretfiles
from auxcord.server.outputs import Outputs
from auxcord.server.shapes import SQLITE
from auxcord.server.variables import Ending, General, Limits
from auxcord.spotify.oauth import SpotifyApp

Command = Literal["serve", "stdio"]


class Settings(Ending, Limits, Outputs, General):
    """The settings of one process, frozen. Make it with `Settings.load`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, validate_default=True)
    _secret_files: dict[str, Path] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, *, command: Command = "serve") -> Self:
        """Read all settings, or say everything that is wrong with them at once.

        Args:
            environ: The environment; the process's own when omitted.
            command: What is about to run; `serve` needs more than `stdio` does.

        Raises:
            SettingsError: With one line for each problem.
        """
        env = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
        problems: list[str] = []
        values = loading.gathered(cls, env, problems)
        if command == "serve":
            problems += loading.missing_for_serve(cls, values)
        try:
            settings = cls(**{name: value for name, value in values.items() if name in loading.names(cls)})
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            problems += [loading.problem(cls, detail) for detail in details]
        else:
            problems += secretfiles.out_of_place(values, env, settings.database_file, settings.key_source)
            problems += loading.first_app_twice(*(app.client_id for app in settings.apps))
            if not problems:
                settings._secret_files.update(secretfiles.files(values, env))
                return settings
        raise SettingsError(tuple(problems))

    @property
    def address(self) -> str:
        """The public address, derived from host and port when AUXCORD_PUBLIC_URL is not set."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def secret_files(self) -> Mapping[str, Path]:
        """The files that secrets were read from, by the settings that name them."""
        return self._secret_files

    @property
    def keys(self) -> tuple[str, ...]:
        """The encryption keys themselves, newest first; hand them to the key ring and to nothing else."""
        return tuple(key.get_secret_value() for key in self.encryption_keys)

    @property
    def apps(self) -> tuple[SpotifyApp, ...]:
        """The Spotify apps, that of SPOTIFY_CLIENT_ID first; they hold the secrets themselves."""
        secret = None if self.client_secret is None else self.client_secret.get_secret_value()
        pairs = (app.get_secret_value().partition(":") for app in self.spotify_apps)
        more = (SpotifyApp(client_id, secret or None) for client_id, _, secret in pairs)
        return (SpotifyApp(self.client_id, secret), *more)

    @property
    def database_file(self) -> Path:
        """The SQLite file the data lies in."""
        return Path(self.database_url.removeprefix(SQLITE))

    @property
    def spotify_redirect(self) -> str:
        """Where Spotify sends people back to when this process serves HTTP."""
        return self.redirect_uri or f"{self.address}/callback"
