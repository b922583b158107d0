"""What no service can know of an installation, for Prometheus: room on disks, ends of certificates, the last backup.

Told at `/metrics` by whoever keeps the servers: the supervisor, or the container `keeper`. Each figure is looked at
when it is asked for. What cannot be looked at is left out, counted in `bihuan_figures_unreadable`, and said once. Of a
folder only its file system is asked, which takes no right to read it; of the last backup only what `backups` noted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from deploy.local import backups, state
from deploy.local.layout import Layout
from deploy.local.ports import LOOPBACK, free_port


@dataclass(eq=False)  # a registry knows collectors by identity
class Figures(Collector):
    """`disks`: what lies there → folder; `certificates`: whose → file, which may come later; `noted`: where `backup`
    leaves word (see `backups.remember`)."""

    disks: Mapping[str, Path]
    certificates: Mapping[str, Path]
    noted: Layout
    said: Callable[[str], None]
    _told: set[str] = field(default_factory=set)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As they are now."""
        unreadable = 0
        size = GaugeMetricFamily("bihuan_disk_size_bytes", "Size of the file system", labels=["what"])
        free = GaugeMetricFamily("bihuan_disk_free_bytes", "Room that is left on the file system", labels=["what"])
        for what, folder in self.disks.items():
            try:
                found = os.statvfs(folder)
            except OSError as error:
                unreadable += self._unread(what, error)
                continue
            size.add_metric([what], found.f_blocks * found.f_frsize)
            free.add_metric([what], found.f_bavail * found.f_frsize)
        ends = GaugeMetricFamily("bihuan_certificate_ends_timestamp_seconds", "Its last instant", labels=["whose"])
        for whose, path in self.certificates.items():
            try:
                one = x509.load_pem_x509_certificate(path.read_bytes())
            except (OSError, ValueError) as error:
                unreadable += self._unread(f"certificate {whose}", error)
                continue
            ends.add_metric([whose], one.not_valid_after_utc.timestamp())
        last = GaugeMetricFamily("bihuan_backup_timestamp_seconds", "When the last complete backup began; 0 none")
        try:
            backup = backups.remembered(self.noted)
            last.add_metric([], backups.began(backup).timestamp() if backup is not None else 0)
        except (OSError, ValueError) as error:
            unreadable += self._unread("last backup", error)
        yield from (size, free, ends, last)
        yield GaugeMetricFamily("bihuan_figures_unreadable", "Figures that could not be looked at", value=unreadable)

    def _unread(self, what: str, error: Exception) -> int:
        told = f"{what}: {type(error).__name__}: {error}"
        if told not in self._told:
            self._told.add(told)
            self.said(f"指标无法读取 / a figure cannot be read: {told}")
        return 1


def tell(layout: Layout, services: Mapping[str, int], said: Callable[[str], None]) -> Callable[[], None]:
    """Those of the installation on this machine, on a port of their own, and in `targets_file` where a Prometheus finds
    them and the services (name → port). Returns how to stop. Trouble is said: all else goes on without figures."""
    folder, port = os.environ.get("BIHUAN_CERTIFICATE_FOLDER"), free_port()
    certificates = {"gateway": Path(folder) / "tls.crt"} if folder else {}
    try:
        stop_serving = serve(Figures({"data": layout.data}, certificates, layout, said), LOOPBACK, port)
        state.write_targets(layout, {**services, "keeper": port})
    except OSError as error:
        said(f"指标无法提供 / no figures can be told: {error}")
        return lambda: None

    def stop() -> None:
        layout.targets_file.unlink(missing_ok=True)
        stop_serving()

    return stop


def serve(figures: Figures, host: str, port: int) -> Callable[[], None]:
    """Tell them at http://HOST:PORT/metrics from a thread of its own; returns how to stop. Raises OSError."""
    registry = CollectorRegistry()
    registry.register(figures)
    server, thread = start_http_server(port, host, registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
