#!/bin/sh
# Makes DIRECTORY/rockpool and DIRECTORY/sinabs: an environment for each peer of tests.benchmarks.fidelity_peers.
#
#     sh tests/benchmarks/peers/make_environments.sh DIRECTORY
#
# Pinned to what was measured, with Python 3.11. About 2 GB with PyTorch for the processor alone, which pip takes where
# PIP_EXTRA_INDEX_URL names an index that has it. nir 1.0.4 is the newest that both peers allow. Their dependency samna is
# left out: on the index it is a program that downloads the vendor's package when it is imported; nothing here calls it.
set -eu
directory=${1:?"usage: make_environments.sh DIRECTORY"}
common="torch==2.13.0 nir==1.0.4 nirtorch==2.0.2 numpy==2.4.6 h5py==3.16.0"

make() {
    name=$1
    shift
    python3 -m venv "$directory/$name"
    "$directory/$name/bin/python" -m pip install --quiet $common "$@"
}

make rockpool scipy==1.17.1 xylosim==0.1.3 bitstruct==8.24.0 packaging==26.3
"$directory/rockpool/bin/python" -m pip install --quiet --no-deps rockpool==3.1.0
make sinabs pbr matplotlib==3.11.2
"$directory/sinabs/bin/python" -m pip install --quiet --no-deps sinabs==3.1.3
