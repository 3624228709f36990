"""Runs a module of ours as a confined process: for whatever opens a stranger's file, so that it may die of it alone.

The process has limits of memory, time, written bytes and open files, leaves no core, gets nothing of the environment that it does
not need (no token, no secret), and dies with the process that started it. How to use it, here for a module `sync.example.child`::

    from sync.confined.child import serve        # in sync/example/child.py, which imports little, and late

    def answer(request: Frame) -> Iterator[Frame]:
        yield Frame("marked", {"rows": 3}, (data,))

    if __name__ == "__main__":
        serve(answer)

    from sync.confined.parent import Bounds, Child, ChildEnded      # in the process that asks

    with Child("sync.example.child", Frame("mark", ["de"], (data,)), Bounds(memory_bytes, seconds), check) as child:
        for frame in child.frames():             # ends in order, or raises ChildEnded with why, or what `check` raises
            ...                                  # check what it holds: the process has read a stranger's file

A frame is a kind (a word of a closed set of the two sides), a head of JSON, and blocks of bytes; its form hangs on no version of
Python. A process may write as many bytes into one file as `Bounds.written_bytes` says.
"""
