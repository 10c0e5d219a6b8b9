"""The loop of the torch families, on a training that adds numbers up."""

import pytest

from embedlab.core.errors import TrainingFailed
from embedlab.core.progress import Cancelled
from embedlab.models.training.loop import Course, Loop, Step, records_of, train
from embedlab.models.training.session import Paused

EPOCHS = [[1, 2, 3], [4, 5, 6]]


class Adding:
    """Takes each number as a loss of weight 2, and writes down what the loop calls."""

    def __init__(self, pause_at: float = 2.0, cancel_at: float = 2.0):
        self.course, self.calls, self.told = Course(), [], []
        self.pause_at, self.cancel_at = pause_at, cancel_at

    def loop(self, **more) -> Loop:
        return Loop(
            n_epochs=2,
            n_steps=6,
            batches=EPOCHS.__getitem__,
            step=self.step,
            measure=lambda: {"validation": 0.5, "accuracy": 0.25},
            rest=self.rest,
            tell=self.tell,
            unit="texts",
            corpus="numbers",
            between=lambda course: self.calls.append(f"between {course.step}"),
            ended=lambda course: self.calls.append(f"ended {course.epoch}"),
            **more,
        )

    def step(self, number, tick) -> Step:
        tick(0.5)
        self.calls.append(f"step {number}")
        return Step(2.0 * number, 2, 10)

    def rest(self, share):
        self.calls.append(f"rest {share:.2f}")
        if share >= self.pause_at:
            self.pause_at = 2.0
            raise Paused

    def tell(self, share, message, metrics):
        self.told.append((round(share, 4), message, dict(metrics)))
        if share >= self.cancel_at:
            raise Cancelled


def test_loop_takes_every_step_and_keeps_a_record_an_epoch():
    adding = Adding()
    train(adding.loop(), adding.course)
    assert adding.calls == [
        *("step 1", "between 1", "rest 0.17", "step 2", "between 2", "rest 0.33", "step 3", "ended 1", "rest 0.50"),
        *("step 4", "between 4", "rest 0.67", "step 5", "between 5", "rest 0.83", "step 6", "ended 2", "rest 1.00"),
    ]
    assert adding.course.records == [
        {"epoch": 1, "loss": 2.0, "validation": 0.5, "accuracy": 0.25},
        {"epoch": 2, "loss": 5.0, "validation": 0.5, "accuracy": 0.25},
    ]
    assert (adding.course.amount, adding.course.step, adding.course.batch) == (60, 6, 0)
    assert [record for _, _, record in adding.told if "epoch" in record] == adding.course.records
    assert adding.told[-1][1] == "Epoch 2 of 2 done, accuracy 0.250"


def test_progress_never_goes_back_and_says_the_speed():
    adding = Adding()
    train(adding.loop(), adding.course)
    shares = [share for share, _, _ in adding.told]
    assert shares == sorted(shares) and shares[-1] == 1
    assert "texts/s" in adding.told[2][1] and adding.told[2][2]["rate"] > 0


@pytest.mark.parametrize("at", [0.3, 0.5, 0.8])
def test_paused_training_goes_on_with_the_next_step(at):
    whole, parted = Adding(), Adding(pause_at=at)
    train(whole.loop(), whole.course)
    with pytest.raises(Paused):
        train(parted.loop(), parted.course)
    train(parted.loop(), parted.course)
    assert parted.calls == whole.calls and parted.course.records == whole.course.records


def test_cancelling_ends_the_loop_within_a_batch():
    adding = Adding(cancel_at=0.4)
    with pytest.raises(Cancelled):
        train(adding.loop(), adding.course)
    assert adding.calls[-1] == "rest 0.33"


def test_rests_keep_their_distance():
    adding = Adding()
    train(adding.loop(rest_every=60), adding.course)
    assert [call for call in adding.calls if "rest" in call] == ["rest 0.50", "rest 1.00"]


def test_epoch_without_anything_to_learn_from_fails_with_a_sentence():
    adding = Adding()
    adding.step = lambda number, tick: Step(0.0, 0, 0)
    with pytest.raises(TrainingFailed, match="The texts of 'numbers' are empty"):
        train(adding.loop(), adding.course)


def test_records_by_losses_and_held_out_losses():
    assert records_of([2.0, 1.0], []) == [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0}]
    assert records_of([2.0], [3.0]) == [{"epoch": 1, "loss": 2.0, "validation": 3.0}]
