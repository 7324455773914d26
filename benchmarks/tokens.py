"""Count tokens with tiktoken, without the network that it fetches its encodings from.

The vocabulary comes out of the wheel of bpe-openai; tiktoken checks it against the digest that it knows.
"""

import gzip
import hashlib
import os
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import tiktoken

ENCODING = "o200k_base"
_CARRIER = "bpe_openai"
# Where tiktoken would fetch it: it looks in its cache for a file that is named for this.
_SOURCE = f"https://openaipublic.blob.core.windows.net/encodings/{ENCODING}.tiktoken"


def tokens(texts: Iterable[str]) -> int:
    """Return how many tokens `texts` are, each by itself."""
    # Text that looks like a special token is text: it came in a result.
    return sum(map(len, _encoding().encode_ordinary_batch(list(texts))))


@cache
def _encoding() -> tiktoken.Encoding:
    spec = find_spec(_CARRIER)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{_CARRIER} is not installed: `nox -s bench` installs it")
    vocabulary = Path(spec.origin).parent / "data" / f"{ENCODING}.tiktoken.gz"
    with tempfile.TemporaryDirectory() as folder:
        name = hashlib.sha1(_SOURCE.encode(), usedforsecurity=False).hexdigest()
        Path(folder, name).write_bytes(gzip.decompress(vocabulary.read_bytes()))
        os.environ["TIKTOKEN_CACHE_DIR"] = folder
        return tiktoken.get_encoding(ENCODING)
