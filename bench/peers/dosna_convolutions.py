"""Times three 1-D Gaussians by DosNa, as slabs one chunk thick along the axis that is smoothed, and prints one line of JSON.

With `--halo 0` this is the work of DosNa's own convolution example, whose result is wrong at every chunk face. With a halo each slab is
read with so many neighbours on both sides and trimmed again, which gives the result of the whole volume. Run by one process
(engine `cpu`), or by several under mpiexec (engine `mpi`, `hdf5` only), which take the slabs in turn. Loading and deleting are not timed.
"""

import argparse
import hashlib
import json
import os
import time

import dosna
import numpy as np
from scipy.ndimage import gaussian_filter1d


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", choices=["hdf5", "ram"], required=True)
    parser.add_argument("--engine", choices=["cpu", "mpi"], default="cpu")
    parser.add_argument("--directory", required=True, help="an existing one; the datasets are made below it")
    parser.add_argument("--input", required=True, help="float32, row-major, a cube")
    parser.add_argument("--chunk", type=int, required=True, help="edge of the cubic chunks")
    parser.add_argument("--sigma", type=float, required=True)
    parser.add_argument("--halo", type=int, required=True)
    parser.add_argument("--digest", action="store_true", help="adds the SHA-256 of the result")
    return parser.parse_args()


class OneProcess:
    """What is used of an MPI communicator, where there is one process."""

    rank, size = 0, 1

    def Barrier(self):
        pass

    def reduce(self, value):
        return value


def communicator(engine):
    if engine == "cpu":
        return OneProcess()
    from mpi4py import MPI

    return MPI.COMM_WORLD


def along(axis, first, end):
    """The selection of a slab."""
    selection = [slice(None)] * 3
    selection[axis] = slice(first, end)
    return tuple(selection)


def smooth(source, axis, args, comm):
    result = source.clone(f"gaussian_{axis}")
    length, thickness = int(source.shape[axis]), int(source.chunk_size[axis])
    for number in range(comm.rank, int(source.chunk_grid[axis]), comm.size):
        first = number * thickness
        end = min(first + thickness, length)
        low, high = max(0, first - args.halo), min(length, end + args.halo)
        slab = gaussian_filter1d(source[along(axis, low, high)], sigma=args.sigma, axis=axis)
        result[along(axis, first, end)] = slab[along(axis, first - low, end - low)]
    comm.Barrier()
    return result


def convolve(original, args, comm):
    results = []
    for axis in range(3):
        results.append(smooth(results[-1] if results else original, axis, args, comm))
    return results


def main():
    args = arguments()
    comm = communicator(args.engine)
    dosna.use(backend=args.backend, engine=args.engine)
    data = np.fromfile(args.input, np.float32)
    side = round(data.size ** (1 / 3))
    place = {"directory": args.directory} if args.backend == "hdf5" else {}
    if comm.rank == 0:
        os.makedirs(os.path.join(args.directory, "store"), exist_ok=True)
    comm.Barrier()
    # The first call of a filter loads it.
    gaussian_filter1d(np.zeros(16, np.float32), sigma=args.sigma)
    with dosna.Connection(name="store", **place) as connection:
        original = connection.create_dataset("data", data=data.reshape((side,) * 3), chunk_size=(args.chunk,) * 3)
        comm.Barrier()
        cpu, wall = time.process_time(), time.perf_counter()
        results = convolve(original, args, comm)
        wall = (time.perf_counter() - wall) * 1000
        cpu = comm.reduce((time.process_time() - cpu) * 1000)
        answer = {"wall": wall, "cpu": cpu}
        if args.digest and comm.rank == 0:
            answer["digest"] = hashlib.sha256(results[-1][...]).hexdigest()
        comm.Barrier()
        for dataset in (original, *results):
            dataset.delete()
    if comm.rank == 0:
        print(json.dumps(answer))


main()
