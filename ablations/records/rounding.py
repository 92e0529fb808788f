"""Settings that change the rounding of a trial's numbers and therefore its address."""

from dataclasses import dataclass

from ablations.study import Trial, address


@dataclass(frozen=True, order=True)
class Rounding:
    """Settings of the computation that change a trial's result by rounding: trials that differ in them aren't compared.

    Attributes:
        backend: Keras's backend.
        replicas: Number of devices over which each batch is split.
        dispatch: `step`: Keras's `fit` dispatches one step at a time; `scan`: many at once (`training.jax_scan`).
    """

    backend: str
    replicas: int = 1
    dispatch: str = "step"

    @property
    def terms(self) -> dict:
        """The settings that an address hashes. Defaults are left out, since older records lack their keys."""
        replicas = {"replicas": self.replicas} if self.replicas > 1 else {}
        return {"backend": self.backend} | replicas | ({"dispatch": self.dispatch} if self.dispatch != "step" else {})

    def address(self, trial: Trial) -> str:
        """The content address of a trial that is computed with these settings."""
        return address({**trial.configuration(), **self.terms})

    def experiment(self, trial: Trial) -> str:
        """The address of the experiment that the trial belongs to: trials with the same one may be compared."""
        return address({**trial.experiment(), **self.terms})

    def words(self) -> list[str]:
        """The settings other than one device and one step at a time, in words."""
        devices = [f"{self.replicas} devices a trial"] if self.replicas > 1 else []
        return devices + (["many steps a dispatch"] if self.dispatch == "scan" else [])
