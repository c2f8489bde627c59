"""Runs the command again and again in forks of a process that has imported everything: for tests
that start it hundreds of times. Reads `FOLDER stop|go`, answers with the fork's process number; a
fork that stops is continued by whoever has attached to it."""

import os
import signal
import sys


def main() -> None:
    import digitbox.batch.oneshot
    import digitbox.service.watch  # noqa: F401  # loaded before the forks
    from digitbox.cli import main as command

    for line in sys.stdin:
        folder, _, how = line.rstrip("\n").rpartition(" ")
        process = os.fork()
        if process:
            sys.stdout.write(f"{process}\n")
            sys.stdout.flush()
            _, status = os.waitpid(process, 0)
            sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
            sys.stdout.flush()
            continue
        os.setsid()
        os.chdir(folder)
        log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if how == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        command(["batch", "--quiet"])


if __name__ == "__main__":
    main()
