"""A side of `npm run bench:s3` in Python: zarr-python over the gateway that the environment names. `python python_s3_side.py obstore|s3fs`.

It takes the commands of python_side.py, of which it understands those that read.
"""

import os
import sys
from importlib.metadata import version

import zarr
from python_side import Commands, ZarrPython, serve
from zarr.core.sync import sync
from zarr.storage import FsspecStore, ObjectStore

ENDPOINT = os.environ["AWS_ENDPOINT_URL_S3"]
KEY, SECRET = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]


def obstore_store(path):
    from obstore.store import S3Store

    bucket, prefix = path.split("/", 1)
    store = S3Store(
        bucket,
        prefix=prefix,
        endpoint=ENDPOINT,
        access_key_id=KEY,
        secret_access_key=SECRET,
        region="us-east-1",
        client_options={"allow_http": True},
    )
    return ObjectStore(store, read_only=True)


def s3fs_store(path):
    options = {"endpoint_url": ENDPOINT, "key": KEY, "secret": SECRET}
    return FsspecStore.from_url(f"s3://{path}", storage_options=options, read_only=True)


class OnGateway(ZarrPython):
    def __init__(self, name, store):
        super().__init__(False)
        self.versions[name] = version(name)
        self.store = store

    def open(self, path, flushed):
        return zarr.open_array(self.store(path), mode="r")

    def run(self, coroutine):
        """In the loop of zarr-python, which is the one that s3fs belongs to."""
        sync(coroutine)


SIDES = {"obstore": obstore_store, "s3fs": s3fs_store}

serve(Commands(OnGateway(sys.argv[1], SIDES[sys.argv[1]])))
