"""The optimiser of every torch training: AdamW, a learning rate with warm-up and decay, and its checkpoint."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadInput, TrainingFailed
from embedlab.models.encoders.checkpoint_identity import ANOTHER


def warmed(step: int, n_steps: int, warmup: float) -> float:
    """The learning rate at a step (from 0) as a share of its maximum: a linear warm-up, then a linear decay to zero."""
    rising = max(round(warmup * n_steps), 1)
    return min((step + 1) / rising, (n_steps - step) / max(n_steps - rising, 1), 1.0)


def finite(loss, rate: float, advice: str = "Lower the learning rate.") -> float:
    """The loss as a number; TrainingFailed if it is not finite."""
    value = float(loss.detach())
    if not np.isfinite(value):
        raise TrainingFailed(f"The loss is not a finite number with a learning rate of {rate:g}. {advice}")
    return value


@dataclass(frozen=True)
class Schedule:
    """The number of steps, and the share of them in which the learning rate rises."""

    n_steps: int
    warmup: float


class Descent:
    """The trained parameters, AdamW (Loshchilov and Hutter 2019) and the number of steps taken.

    A class because it guards that parameters, their moments and the count of steps belong together.
    """

    def __init__(
        self,
        groups: list[tuple[list, float]],
        schedule: Schedule,
        *,
        decay: float = 0.01,
        betas: tuple[float, float] = (0.9, 0.999),
        longest: float | None = 1.0,
    ):
        """groups: parameters with their highest learning rate; biases and norms get no weight decay.

        longest: the norm that gradients are clipped to, or None.
        """
        import torch

        self.parameters = [p for own, _ in groups for p in own]
        self.n_steps, self.warmup, self.longest, self.steps = schedule.n_steps, schedule.warmup, longest, 0
        parts = [
            {
                "params": [p for p in own if (p.ndim > 1) == many],
                "weight_decay": decay if many else 0.0,
                "highest": rate,
            }
            for own, rate in groups
            for many in (True, False)
        ]
        self.optimizer = torch.optim.AdamW([part for part in parts if part["params"]], betas=betas, fused=True)

    def step(self) -> None:
        """Take the step that the gradients gathered so far ask for, and forget them."""
        import torch

        if self.longest is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.longest)
        share = warmed(self.steps, self.n_steps, self.warmup)
        for part in self.optimizer.param_groups:
            part["lr"] = part["highest"] * share
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.steps += 1

    def flat(self) -> np.ndarray:
        """All weights that learn in a row, float32 (n,)."""
        return _row(self.parameters)

    def fill(self, weights: np.ndarray) -> None:
        """Put back weights that `flat` gave; BadInput if they are those of another model."""
        import torch

        if len(weights) != sum(p.numel() for p in self.parameters):
            raise BadInput(ANOTHER)
        with torch.no_grad():
            for p, own in zip(self.parameters, self._parted(weights), strict=True):
                p.copy_(own)

    def arrays(self) -> dict[str, np.ndarray]:
        """What a checkpoint keeps: the weights and, once a step has been taken, both moments, each in a row as
        float32.
        """
        found = {"weights": self.flat()}
        if self.steps:
            found |= {
                name: _row([self.optimizer.state[p][name] for p in self.parameters])
                for name in ("exp_avg", "exp_avg_sq")
            }
        return found

    def put_back(self, arrays: dict[str, np.ndarray], steps: int) -> None:
        """Go on from what `arrays` gave after so many steps; BadInput if it is of another model."""
        import torch

        self.fill(arrays["weights"])
        self.steps = steps
        if steps:
            for p, first, second in zip(
                self.parameters, *(self._parted(arrays[name]) for name in ("exp_avg", "exp_avg_sq")), strict=True
            ):
                self.optimizer.state[p] = {
                    "step": torch.tensor(float(steps), device=p.device),
                    "exp_avg": first.to(p.device, copy=True),
                    "exp_avg_sq": second.to(p.device, copy=True),
                }

    def _parted(self, row: np.ndarray) -> list:
        """Tensors of the shapes of the parameters, one after the other from a row."""
        import torch

        parts = torch.from_numpy(np.array(row, np.float32)).split([p.numel() for p in self.parameters])
        return [part.reshape(p.shape) for part, p in zip(parts, self.parameters, strict=True)]


def _row(tensors: list) -> np.ndarray:
    import torch

    return torch.cat([t.detach().reshape(-1).float().cpu() for t in tensors]).numpy()
