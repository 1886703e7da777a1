"""Writes the values that define a right Gaussian: scipy.ndimage.gaussian_filter, mode "reflect", truncate 4.

    pip install scipy==1.17.1 numpy==2.4.6 nibabel==5.4.2
    python tests/interop/scipy_reference.py
    npx biome format --write examples/data tests/examples

- examples/data/ch2bet-gaussian.json: the MRI volume smoothed at two sigmas; sums and sampled voxels.
- tests/examples/gaussian-small.json: small arrays of 1 to 4 axes, some shorter than the kernel, in full.
"""

import hashlib
import json
from pathlib import Path

import nibabel
import numpy as np
import scipy
from scipy.ndimage import gaussian_filter

ROOT = Path(__file__).resolve().parents[2]
VOLUME = ROOT / "examples/data/ch2bet.nii.gz"
VERSIONS = {"scipy": scipy.__version__, "numpy": np.__version__}
SMALL = [((29,), 1.5), ((7, 5), 0.8), ((13, 4, 9), 1.5), ((5, 6, 3), 3.0), ((3, 4, 5, 6), 0.5)]


def smooth(array: np.ndarray, sigma: float) -> np.ndarray:
    return gaussian_filter(array, sigma, mode="reflect", truncate=4.0)


def sampled(smoothed: np.ndarray, rng: np.random.Generator) -> list[list[float]]:
    """100 voxels anywhere inside the head, 60 beside multiples of 32, 40 in the lowest two slices."""
    inside = np.argwhere(smoothed > 0.1)
    beside = inside[(np.abs((inside + 4) % 32 - 4) <= 3).any(axis=1)]
    lowest = inside[inside[:, 2] < 2]
    chosen = [rng.choice(some, count, replace=False) for some, count in ((inside, 100), (beside, 60), (lowest, 40))]
    return [[*map(int, at), float(smoothed[tuple(at)])] for at in np.concatenate(chosen)]


def volume_reference() -> dict:
    volume = np.asarray(nibabel.load(VOLUME).dataobj).astype(np.float32)
    rng = np.random.default_rng(20261121)
    cases = []
    for sigma in (1.5, 3.0):
        smoothed = smooth(volume, sigma)
        total = float(smoothed.sum(dtype=np.float64))
        cases.append(
            {"sigma": sigma, "sum": total, "max": float(smoothed.max()), "voxels": sampled(smoothed, rng)}
        )
    digest = hashlib.sha256(VOLUME.read_bytes()).hexdigest()
    return {**VERSIONS, "input": digest, "shape": volume.shape, "inputSum": float(volume.sum(dtype=np.float64)), "cases": cases}


def small_reference() -> dict:
    """Inputs are i * 7919 % 1009 over the C-order index i, so that they need not be stored."""
    cases = []
    for shape, sigma in SMALL:
        array = (np.arange(np.prod(shape)) * 7919 % 1009).astype(np.float32).reshape(shape)
        cases.append({"sigma": sigma, "shape": shape, "smoothed": smooth(array, sigma).ravel().tolist()})
    return {**VERSIONS, "cases": cases}


def write(path: str, reference: dict) -> None:
    (ROOT / path).write_text(json.dumps(reference))


if __name__ == "__main__":
    write("examples/data/ch2bet-gaussian.json", volume_reference())
    write("tests/examples/gaussian-small.json", small_reference())
