"""Compiled kernels are kept between test runs, whichever checkout they come from."""

import hashlib
import os
from pathlib import Path


def kernel_cache(kernels: Path) -> Path:
    """The folder that numba keeps compiled kernels in: one for each content of `kernels`, shared by all checkouts.

    Numba notices a change of the file that holds a kernel, not of one that it calls in another file; so all files
    count. Inside its cache numba names a folder after the path of the source, which a link brings to one place.
    """
    content = hashlib.sha256()
    for path in sorted(kernels.glob("*.py")):
        content.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    home = Path(os.environ.get("EMBEDLAB_TEST_CACHE") or Path.home() / ".cache" / "embedlab-tests")
    cache = home / f"numba-{content.hexdigest()[:16]}"
    (cache / "kernels").mkdir(parents=True, exist_ok=True)
    link = cache / f"{kernels.name}_{hashlib.sha1(str(kernels).encode()).hexdigest()}"
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to("kernels", target_is_directory=True)
    return cache
