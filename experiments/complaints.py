"""What the operating system refuses, said so that the reader knows what to do."""

import errno

REMEDIES = {
    errno.ENOSPC: "the disk is full. Free some space or choose another folder with --out",
    errno.EDQUOT: "your disk quota is used up. Free some space or choose another folder with --out",
    errno.EACCES: "no permission. Choose a folder you may use, or ask for the right to use this one",
    errno.EPERM: "no permission. Choose a folder you may use, or ask for the right to use this one",
    errno.EROFS: "the file system is read-only. Choose another folder with --out",
    errno.ENOTDIR: "a part of this path is a file and not a folder. Choose another path",
    errno.EISDIR: "this is a folder, and a file is needed. Choose another path",
    errno.ENAMETOOLONG: "the name is too long. Choose a shorter one",
    errno.EMFILE: "too many open files. Close other programs or raise the limit with 'ulimit -n'",
    errno.ENOMEM: "not enough memory. Raise --scale (100 needs least) or close other programs",
    errno.EIO: "the disk reported an error. Check it, or choose another folder with --out",
}


def of_system(error: OSError) -> str:
    """Return one sentence with the remedy for an error of the operating system.

    >>> of_system(OSError(errno.ENOSPC, "No space left on device", "results/x"))
    'results/x: the disk is full. Free some space or choose another folder with --out.'
    """
    where = f"{error.filename}: " if error.filename else ""
    number = error.errno if error.errno is not None else -1
    return f"{where}{REMEDIES.get(number, error.strerror or str(error))}."


def of_memory() -> str:
    """Return what to do when memory runs out."""
    return (
        "not enough memory. Raise --scale, run fewer seeds at once with --threads 1, or close other programs."
    )
