"""What pyproject.toml cannot say yet: the C extension, without which everything but the native engine works."""

from sysconfig import get_path

from setuptools import Extension, setup

# CPython's own headers, which say where a frame keeps what; and what they include.
internal = [f"{get_path('include')}/{folder}" for folder in ("internal", "internal/mimalloc")]

setup(
    ext_modules=[
        Extension(
            "lasti.native._record",
            ["src/lasti/native/_record.c"],
            depends=[f"src/lasti/native/{name}.h" for name in ("layouts", "_events", "_native", "_loops", "_deflate")],
            include_dirs=internal,
            extra_compile_args=["-O3", "-fno-strict-aliasing"],
            optional=True,  # no compiler: no native engine, and the recorder is the one in Python
        )
    ]
)
