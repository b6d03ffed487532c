"""A Spark standalone cluster and a PostgreSQL server on loopback, for the tests and the benchmark of other engines.

Both are real: a master and two workers in processes of their own, and a server started by `initdb` and `pg_ctl` in a temporary
folder under a user that is not root. `install` brings Java and PostgreSQL from the distribution where they are missing.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PACKAGES = {"java": "default-jre-headless", "postgres": "postgresql"}
_WAIT = 120


def _postgres_bin() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3])) if Path("/usr/lib/postgresql").is_dir() else []
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    return Path(program).resolve().parent if program else None


def install() -> None:
    """Installs what is missing of Java and PostgreSQL. Ends the program when it cannot."""
    missing = [_PACKAGES["java"]] * (shutil.which("java") is None) + [_PACKAGES["postgres"]] * (_postgres_bin() is None)
    if not missing:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *missing]):
        if subprocess.run([*sudo, *command], env=quiet, check=False).returncode:
            sys.exit(f"cannot install {', '.join(missing)}: install them, then run this again")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def spark_cluster(*, memory: str = "1g") -> Iterator[str]:
    """A standalone master and two workers of one core each; the URL for `--engine`. They end with the context."""
    import pyspark

    home = Path(pyspark.__file__).parent
    with tempfile.TemporaryDirectory(prefix="breachdesk-spark-") as folder:
        env = {
            **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": folder,
            "SPARK_LOCAL_DIRS": folder, "PYSPARK_PYTHON": sys.executable, "SPARK_NO_DAEMONIZE": "1",
        }  # fmt: skip
        kept = {name: os.environ.get(name) for name in ("SPARK_LOCAL_IP", "PYSPARK_PYTHON", "SPARK_LOCAL_DIRS")}
        os.environ.update({name: env[name] for name in kept})
        port = _free_port()
        started: list[subprocess.Popen[bytes]] = []

        def start(name: str, *arguments: str) -> Path:
            log = Path(folder, f"{name}.log")
            with log.open("wb") as out:
                started.append(
                    subprocess.Popen([str(home / "bin" / "spark-class"), *arguments], env=env, stdout=out, stderr=subprocess.STDOUT)
                )
            return log

        try:
            log = start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
            _until(log, "I have been elected leader")
            url = f"spark://127.0.0.1:{port}"
            for number in (1, 2):
                worker = start(
                    f"worker{number}", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1",
                    "--memory", memory, "--webui-port", "0", url,
                )  # fmt: skip
                _until(worker, "Successfully registered with master")
            yield f"{url}?spark.executor.memory={memory}&spark.sql.shuffle.partitions=8&spark.driver.host=127.0.0.1"
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
            for name, value in kept.items():
                os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def _until(log: Path, words: str) -> None:
    end = time.monotonic() + _WAIT
    while time.monotonic() < end:
        if words in log.read_text(encoding="utf-8", errors="replace"):
            return
        time.sleep(0.2)
    raise RuntimeError(f"no {words!r} within {_WAIT} seconds; the log says:\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def postgres_server() -> Iterator[str]:
    """A server in a temporary folder on a free port of loopback, without durability; its URL. It ends with the context."""
    binaries = _postgres_bin()
    if binaries is None:
        raise RuntimeError("PostgreSQL is not installed: run python -m tools.servers")
    folder = Path(tempfile.mkdtemp(prefix="breachdesk-postgres-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        user = next(name for name in ("postgres", "nobody") if name in {each.pw_name for each in pwd.getpwall()})
        shutil.chown(folder, user)
        as_user = ["runuser", "-u", user, "--"]
    data, port = folder / "data", _free_port()

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run([*as_user, str(binaries / program), *arguments], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")

    try:
        run("initdb", "-D", str(data), "-U", "breachdesk", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c shared_buffers=256MB"
        log = folder / "log"
        started = subprocess.run(
            [*as_user, str(binaries / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-o", f"{options} -c work_mem=256MB", "start"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if started.returncode:
            raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')}")
        try:
            yield f"postgresql://breachdesk@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load_postgres(url: str, table: str, parquet: Path, columns: dict[str, str]) -> None:
    """Copies a Parquet file into a new table with these columns (name -> type of the server)."""
    import duckdb
    import psycopg
    from psycopg import sql

    if not re.fullmatch(r"[a-z_][a-z_0-9]*", table):
        raise ValueError(table)
    with tempfile.TemporaryDirectory(prefix="breachdesk-copy-") as folder, psycopg.connect(url) as connection:
        text = Path(folder, "rows.csv")
        names = ", ".join(f'"{name}"' for name in columns)
        with duckdb.connect() as duck:
            duck.execute("SET TimeZone = 'UTC'")
            duck.execute(f"COPY (SELECT {names} FROM read_parquet(?)) TO '{text}' (FORMAT csv, HEADER false)", [str(parquet)])
        listed = sql.SQL(", ").join(sql.SQL("{} " + kind).format(sql.Identifier(name)) for name, kind in columns.items())
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(table), listed))
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(sql.Identifier(table))) as copy,
            text.open("rb") as rows,
        ):
            while part := rows.read(1 << 20):
                copy.write(part)
        connection.commit()
        connection.autocommit = True
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


if __name__ == "__main__":
    install()
