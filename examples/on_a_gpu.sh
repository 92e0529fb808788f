#!/bin/sh
# A quarter of an hour on one GPU: the benchmark of the small network, then a study, tuned and locked before it trains.
#
#   examples/on_a_gpu.sh [STUDY [MINUTES [FLAG...]]]    default: average_pooling, 8 minutes of trials
#
# The flags are for tune, plan and run, such as --data-dir DIR. The trials run pair by pair, so that what is done when the
# time is over can be compared; `python -m ablations run STUDY` goes on from there.
set -eu

study=${1:-average_pooling}
minutes=${2:-8}
if [ $# -gt 2 ]; then shift 2; else shift $#; fi

: "${PYTHON:=python}"
: "${JOBS:=6}"                       # trials at once: one small network leaves most of a large GPU idle
: "${CASES=gpu_train_small_512}"     # of the benchmark; empty: none
export KERAS_BACKEND=jax             # keeps the images on the device and takes many steps per dispatch

case $minutes in
    '' | *[!0-9.]*) echo "error: MINUTES is a number, such as 8; got '$minutes'" >&2; exit 2 ;;
esac
"$PYTHON" -m ablations plan "$study" --no-probe "$@" > /dev/null    # a wrong name or flag costs seconds, not minutes

if [ -n "$CASES" ]; then
    "$PYTHON" -m benchmarks run --device gpu --cases "$CASES" --rounds 5 --seconds 2 --out build/benchmarks/gpu
fi

# NVIDIA's Multi-Process Service lets the trials of several processes compute at the same moment
if command -v nvidia-cuda-mps-control > /dev/null; then
    nvidia-cuda-mps-control -d
    trap 'echo quit | nvidia-cuda-mps-control' EXIT
fi

"$PYTHON" -m ablations tune "$study" --jobs "$JOBS" "$@"
"$PYTHON" -m ablations plan "$study" --no-probe --lock "$@"
"$PYTHON" -m ablations run "$study" --jobs "$JOBS" --budget "$minutes" "$@"
