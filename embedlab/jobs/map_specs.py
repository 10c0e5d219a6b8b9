"""What a map or a comparison is asked for: checked and filled in, so that equal questions are equal and drawn once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.settings import check_installed, from_dict, settings_of
from embedlab.explain.compare import comparison_id
from embedlab.jobs.specs import check_seed
from embedlab.projections import PROJECTIONS
from embedlab.projections.projection import FORMAT

KINDS = ("words", "documents")


@dataclass(frozen=True)
class MapSpec:
    """A map of a run. Raises BadSetting for an unknown method, setting or kind of points, or a number out of bounds.

    what: "words" or "documents". params: settings of the method; defaults fill in what is missing. dims: 2 or 3. limit:
    the most points drawn. start: the id of a stored map of the same points whose layout this one begins from.
    """

    run: str
    method: str = "umap"
    what: str = "words"
    dims: int = 2
    limit: int = 5000
    seed: int = 1
    params: Mapping = field(default_factory=dict)
    start: str | None = None

    def __post_init__(self):
        if self.method not in PROJECTIONS:
            raise BadSetting(f"There is no projection {self.method!r}. Choose one of {', '.join(PROJECTIONS)}.")
        if self.what not in KINDS:
            raise BadSetting(f"A map shows words or documents; got {self.what!r}.")
        check_seed(self.seed)
        if self.dims not in (2, 3):
            raise BadSetting(f"A map has 2 or 3 dimensions; got {self.dims}.")
        if self.limit < 3:
            raise BadSetting(f"A map needs at least 3 points; got a limit of {self.limit}.")
        object.__setattr__(self, "params", asdict(from_dict(PROJECTIONS[self.method].config, dict(self.params))))

    @classmethod
    def from_json(cls, spec: Mapping) -> "MapSpec":
        """The spec that `json` gave."""
        return cls(**{name: spec[name] for name in cls.__dataclass_fields__ if name in spec})

    @property
    def json(self) -> dict:
        """The spec as a job and the catalog keep it."""
        order = ("run", "what", "method", "params", "dims", "limit", "seed")
        return {name: getattr(self, name) for name in order} | ({"start": self.start} if self.start else {})

    @property
    def id(self) -> str:
        """16 hex digits that equal specs share: a map is stored under them and reused."""
        request = [FORMAT, self.run, self.what, self.method, self.params, self.dims, self.limit, self.seed]
        text = json.dumps(request + ([self.start] if self.start else []), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    @property
    def title(self) -> str:
        """The method as people write it: PCA, t-SNE or UMAP."""
        return PROJECTIONS[self.method].title

    def check_installed(self) -> None:
        """Raise an error that names the extra to install where the chosen engine is missing."""
        check_installed(from_dict(PROJECTIONS[self.method].config, dict(self.params)))

    @property
    def afresh(self) -> "MapSpec":
        """The same map, begun from nothing."""
        return replace(self, start=None)


@dataclass(frozen=True)
class CompareSpec:
    """A comparison of two runs. Raises BadSetting or BadInput for what cannot be compared.

    methods: how the map of either side is drawn. The name of a projection, with its usual settings and `seed`; or, as
    in the spec of a stored map, its method with its own `params` and `seed`. what: "words" or "documents".
    """

    a: str
    b: str
    methods: tuple[str | Mapping, str | Mapping] = ("umap", "umap")
    limit: int = 2000
    k: int = 10
    seed: int = 1
    what: str = "words"

    def __post_init__(self):
        if self.what not in KINDS:
            raise BadSetting(f"A comparison is of words or documents; got {self.what!r}.")
        methods = tuple(drawn_by(method, seed=self.seed) for method in self.methods)
        if self.a == self.b and methods[0] == methods[1]:
            raise BadInput(
                "Both sides are the same run and the same method with the same settings, so nothing can differ. "
                "Choose another run or another map for one side."
            )
        if self.k < 1 or self.limit <= self.k:
            raise BadSetting(
                f"A comparison needs at least 1 neighbour and more {self.what} than neighbours; got k={self.k} and "
                f"{self.limit} {self.what}."
            )
        check_seed(self.seed)
        object.__setattr__(self, "methods", methods)

    @classmethod
    def from_json(cls, spec: Mapping) -> "CompareSpec":
        """The spec that `json` gave."""
        return cls(**spec)

    @property
    def json(self) -> dict:
        """The spec as a job keeps it. Words are the usual question, and are not named, so that stored ids hold."""
        asked = asdict(self) | {"methods": list(self.methods)}
        return {name: value for name, value in asked.items() if name != "what" or value != "words"}

    @property
    def id(self) -> str:
        """The id of the comparison: the same question has the same id, so it is made once."""
        return comparison_id(self.json)

    def title(self, names: tuple[str, str]) -> str:
        """What is compared, given the names of the two runs."""
        if self.a == self.b:
            return f"{names[0]}: {' against '.join(map(map_title, self.methods))}"
        return " against ".join(names)


def drawn_by(method: str | Mapping, *, seed: int = 1) -> str | dict:
    """How a map is drawn: {"method", "params", "seed"}, checked; only the name where the rest is the default."""
    asked = {"method": method} if isinstance(method, str) else method
    name, own = asked["method"], asked.get("seed", seed)
    if name not in PROJECTIONS:
        raise BadSetting(f"There is no projection {name!r}. Choose one of {', '.join(PROJECTIONS)}.")
    check_seed(own)
    own = seed if PROJECTIONS[name].linear else own
    config = from_dict(PROJECTIONS[name].config, dict(asked.get("params") or {}))
    usual = config == type(config)() and own == seed
    return name if usual else {"method": name, "params": asdict(config), "seed": int(own)}


def map_title(method: str | Mapping) -> str:
    """How a map is drawn, in words: its method, and whatever is not as usual."""
    if isinstance(method, str):
        return PROJECTIONS[method].title
    chosen = PROJECTIONS[method["method"]]
    usual = chosen.config()
    parts = [
        f"{s.label.lower()} {s.labels.get(value, value)}"
        for s in settings_of(chosen.config)
        if (value := method["params"].get(s.name, getattr(usual, s.name))) != getattr(usual, s.name)
    ]
    return ", ".join([chosen.title, *parts, *([f"seed {method['seed']}"] if method["seed"] != 1 else [])])
