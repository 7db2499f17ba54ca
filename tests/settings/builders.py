"""A city on disk: files and environment that load, until a test breaks one."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from gateway.settings import WrongSettingsError, load

CONFIG = Path(__file__).parents[2] / "config"


@dataclass(frozen=True, slots=True, kw_only=True)
class CityOnDisk:
    root: Path

    @property
    def agreement_file(self) -> Path:
        return self.root / "config" / "agreement.toml"

    @property
    def city_file(self) -> Path:
        return self.root / "config" / "cities" / "wenzhou.toml"

    @property
    def state_file(self) -> Path:
        return self.root / "state" / "state.toml"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "CREDIT_GATEWAY_CITY_FILE": str(self.city_file),
            "CREDIT_GATEWAY_STATE_DIR": str(self.root / "state"),
            "CREDIT_GATEWAY_KEYS_DIR": str(self.root / "keys"),
            "CREDIT_GATEWAY_PASSPHRASE_FILE": str(self.root / "passphrase"),
        }

    def replace(self, path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def be(self, kind: str, division_code: str = "330300") -> None:
        self.state_file.write_text(
            f'kind = "{kind}"\ndivision_code = "{division_code}"\n'
            "created_at = 2026-11-01T00:00:00+08:00\n",
            encoding="utf-8",
        )

    def refusal(self, **environ: str | None) -> list[tuple[str, str, str]]:
        changed = {**self.environ, **environ}
        kept = {name: value for name, value in changed.items() if value is not None}
        try:
            load(kept)
        except WrongSettingsError as error:
            return [(Path(each.file).name, each.key, each.code) for each in error.problems]
        return []


def make_city(root: Path) -> CityOnDisk:
    shutil.copytree(CONFIG, root / "config")
    (root / "state").mkdir()
    (root / "keys").mkdir()
    (root / "passphrase").write_text("a test passphrase", encoding="utf-8")
    city = CityOnDisk(root=root)
    city.be("production")
    return city
