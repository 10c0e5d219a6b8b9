"""The settings of a masked model small enough to train in a test."""

SMALL = dict(
    preset="custom",
    layers=1,
    width=32,
    heads=2,
    vocabulary=200,
    length="epochs",
    epochs=40,
    max_length=11,
    batch_size=8,
    learning_rate=2e-3,
    workers=1,
    precision="float32",
)
