#!/bin/sh
# Makes an environment below DIRECTORY for each framework that reads NIR files, for tests.frameworks.table.
#
#     sh tests/frameworks/make_environments.sh DIRECTORY
#
# Pinned to what was measured, with Python 3.11 but for Lava. About 14 GB with PyTorch for the processor alone, which pip takes where
# PIP_EXTRA_INDEX_URL names an index that has it. Sinabs allows nir 1.0.4 and NIRTorch 2.0.2 at the newest.
set -eu
directory=${1:?"usage: make_environments.sh DIRECTORY"}
torch="torch==2.14.1 numpy==2.4.6 h5py==3.16.0"
recent="nir==1.0.8 nirtorch==2.6"

make() {
    name=$1
    shift
    python3 -m venv "$directory/$name"
    "$directory/$name/bin/python" -m pip install --quiet "$@"
}

make snntorch $torch $recent snntorch==1.0.0
make spikingjelly $torch $recent spikingjelly==2.0.0
make norse $torch $recent norse==1.1.0
make sinabs $torch nir==1.0.4 nirtorch==2.0.2 sinabs==3.1.3
make nirtorch $torch $recent
make rockpool $torch nir==1.0.8 nirtorch==2.6 rockpool==3.1.0
# Lava needs Python 3.10, and PyTorch 2.3.
python3.10 -m venv "$directory/lava"
"$directory/lava/bin/python" -m pip install --quiet lava-nc==0.10.0 lava-dl==0.6.0 torch==2.3.1 numpy==1.26.4 nir==1.0.8
make spyx numpy==2.4.6 h5py==3.16.0 nir==1.0.8 jax==0.10.2 flax==0.12.8 spyx==1.0.0
