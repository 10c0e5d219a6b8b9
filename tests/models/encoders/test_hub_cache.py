"""The models of the hub that are on this machine: a list for forms, read without the network or a library."""

from embedlab.models.encoders.hub import cached_models


def test_models_with_safetensors_are_listed_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert cached_models() == []
    for name, files in {
        "models--team--whole": ("config.json", "model.safetensors"),
        "models--team--pickled": ("config.json", "pytorch_model.bin"),
        "models--team--part": ("model.safetensors",),
        "datasets--team--texts": ("config.json", "model.safetensors"),
    }.items():
        folder = tmp_path / name / "snapshots" / "abc"
        folder.mkdir(parents=True)
        for file in files:
            (folder / file).write_bytes(b"")
    assert cached_models() == ["team/whole"]
