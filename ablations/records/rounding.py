"""What changes the last digits of a trial, and therefore its address."""

from dataclasses import dataclass

from ablations.study import Trial, address


@dataclass(frozen=True, order=True)
class Rounding:
    """How a trial is computed, as far as it changes the result by rounding: trials that differ in it aren't compared.

    Attributes:
        backend: Keras's backend.
        replicas: Devices over which each batch is split.
        dispatch: `step`: Keras's `fit` asks the device for one step at a time; `scan`: for many (`training.jax_scan`).
    """

    backend: str
    replicas: int = 1
    dispatch: str = "step"

    @property
    def terms(self) -> dict:
        """What an address hashes. Defaults are left out, since older records do not name them."""
        replicas = {"replicas": self.replicas} if self.replicas > 1 else {}
        return {"backend": self.backend} | replicas | ({"dispatch": self.dispatch} if self.dispatch != "step" else {})

    def address(self, trial: Trial) -> str:
        """The content address of a trial that is computed so."""
        return address({**trial.configuration(), **self.terms})

    def experiment(self, trial: Trial) -> str:
        """The address of the experiment that the trial belongs to: trials with the same one may be compared."""
        return address({**trial.experiment(), **self.terms})

    def words(self) -> list[str]:
        """What differs from one device and one step at a time."""
        devices = [f"{self.replicas} devices a trial"] if self.replicas > 1 else []
        return devices + (["many steps a dispatch"] if self.dispatch == "scan" else [])
