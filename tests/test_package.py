"""Claims about the package `sim`: what it offers, and what importing it costs."""

import subprocess
import sys
from pkgutil import iter_modules

import pytest

import sim


def python(code):
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_importing_the_package_loads_nothing():
    python("import sys, sim; assert not {'numpy', 'numba', 'polars', 'mesa', 'pydantic'} & set(sys.modules)")


def test_the_package_offers_what_it_lists():
    for name in sim.__all__:
        if name != "ArenaModel":
            assert getattr(sim, name) is not None
            assert name in dir(sim)
    assert sim.__version__
    with pytest.raises(AttributeError, match="no attribute 'Runn'"):
        sim.Runn  # noqa: B018


def test_no_module_stands_in_the_place_of_a_public_name():
    assert not {module.name for module in iter_modules(sim.__path__)} & set(sim.__all__)
