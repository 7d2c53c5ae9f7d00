"""What pyproject.toml cannot say yet: the C extension, without which everything but the native engine works."""

from pathlib import Path
from sysconfig import get_path
from zlib import crc32

from setuptools import Extension, setup

# CPython's own headers, which say where a frame keeps what; and what they include.
internal = [f"{get_path('include')}/{folder}" for folder in ("internal", "internal/mimalloc")]

# By which a checkout whose sources have changed since the extension was built is told (lasti/native/extension.py).
folder = Path(__file__).parent / "src" / "lasti" / "native"
sources = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h"))

setup(
    ext_modules=[
        Extension(
            "lasti.native._record",
            ["src/lasti/native/_record.c"],
            depends=[str(path.relative_to(Path(__file__).parent)) for path in sources],
            define_macros=[("SOURCES", str(crc32(b"".join(path.read_bytes() for path in sources))))],
            include_dirs=internal,
            extra_compile_args=["-O3", "-fno-strict-aliasing"],
            optional=True,  # no compiler: no native engine, and the recorder is the one in Python
        )
    ]
)
