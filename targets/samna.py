"""Where the vendor's package for Xylo and Speck comes from, as its package on PyPI says."""

from __future__ import annotations

INDEX = "https://gitlab.com/api/v4/projects/27423070/packages/pypi/simple"
WHERE_FROM = f"""\
`pip install samna` installs a small package from PyPI that, when it is first imported, has pip install the real one
of the same version from SynSense's own index, {INDEX} (so in
samna 0.48.6, whose documentation is at https://synsense-sys-int.gitlab.io/samna/)."""
