"""How Sphinx builds the pages: `sphinx-build -W -b html docs build/docs`, without a network."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "sggd_qiskit"
author = "the authors of sggd_qiskit"
release = version = installed("sggd-qiskit")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "qiskit_sphinx_theme", "sggd_pages"]
templates_path = ["_templates"]
exclude_patterns = ["_ext", "_templates"]

html_theme = "qiskit-ecosystem"
html_title = "sggd_qiskit"
html_theme_options = {"disable_ecosystem_logo": True}
html_show_sourcelink = False
html_show_copyright = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
napoleon_google_docstring = True
napoleon_use_ivar = True
default_role = "code"
