"""Hostile and broken clients: each gets its error, nobody else notices."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core import messages as m
from berth.display.client import MAX_POOLS
from tests.display.client import ClientError, RawClient
from tests.display.conftest import Display
from tests.display.shapes import App, Pixels, Window


@pytest.fixture
def witness(display: Display) -> App:
    """Another app, which must be served whatever the first one does."""
    return display.app(display.instance("witness"))


def refused(display: Display, client: RawClient, instance: str = "a") -> ClientError:
    with pytest.raises(ClientError) as raised:
        client.roundtrip()
        client.until(lambda: False)  # some mistakes are found at the end of the turn
    display.until_engine(m.InstanceMisbehaved, instance=instance)
    display.until_engine(m.InstanceConnections, instance=instance, clients=0)
    return raised.value


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("=IHH", 9999, 0, 8),
        struct.pack("=IHH", 1, 77, 8),
        struct.pack("=IHH", 1, 0, 0),
        struct.pack("=IHHI", 1, 0, 12, 1),
        b"\xfe" * 64,  # not any noise: it may be the beginning of a message that is still to end
    ],
    ids=["no such object", "no such request", "no length", "id in use", "noise"],
)
def test_nonsense(display: Display, witness: App, data: bytes) -> None:
    client = display.client(display.instance())
    client.raw(data)
    refused(display, client)
    witness.roundtrip()


def test_argument_of_the_wrong_interface(display: Display, witness: App) -> None:
    app = display.app()
    surface = app.surface()
    surface.attach(app.surface(), 0, 0)
    refused(display, app)
    witness.roundtrip()


def test_bind_above_the_version(display: Display, witness: App) -> None:
    client = display.client(display.instance())
    name, version = client.globals["wl_compositor"]
    client.bind_name(name, wayland.WlCompositor, version + 1)
    refused(display, client)
    witness.roundtrip()


def test_hidden_global_is_neither_announced_nor_bound(display: Display, witness: App) -> None:
    name, version = witness.globals["wl_data_device_manager"]
    client = display.client(display.instance(hidden=("wl_data_device_manager",)))
    assert "wl_data_device_manager" not in client.globals
    assert set(witness.globals) - set(client.globals) == {"wl_data_device_manager"}
    client.bind_name(name, wayland.WlDataDeviceManager, version)
    refused(display, client)


def test_filter_changes_live(display: Display) -> None:
    path = display.instance()
    client = display.client(path)
    before = client.globals
    display.engine.send(m.FilterGlobals("a", ("wp_viewporter",)))
    client.until(lambda: "wp_viewporter" not in client.globals)
    assert "wp_viewporter" not in display.client(path).globals
    display.engine.send(m.FilterGlobals("a", ("wl_seat",)))
    client.until(lambda: "wp_viewporter" in client.globals and "wl_seat" not in client.globals)
    assert client.globals["wp_viewporter"] == before["wp_viewporter"]
    client.bind(wayland.WlCompositor)
    client.roundtrip()


def test_a_truncated_file_costs_its_client_only(display: Display, witness: App) -> None:
    app = display.app()
    window = Window(app, 200, 200)
    pixels = app.pixels(200, 200)
    pixels.memory.close()
    os.ftruncate(pixels.fd, 0)
    app.show(window.surface, pixels)
    assert refused(display, app).interface in ("wl_buffer", "wl_shm")
    witness.roundtrip()


def held_by_a_parent(app: App) -> tuple[Window, Pixels]:
    """A window, and pixels of its synchronised child that wait for the window's next commit."""
    window = Window(app)
    child = app.surface()
    app.subcompositor.get_subsurface(child, window.surface)
    pixels = app.pixels(200, 200)
    app.show(child, pixels)
    app.roundtrip()
    return window, pixels


def test_a_file_truncated_after_its_buffer_was_destroyed(display: Display, witness: App) -> None:
    """What becomes of the memory of a buffer that is no more is the client's own business."""
    app = display.app()
    window, pixels = held_by_a_parent(app)
    pixels.buffer.destroy()
    app.roundtrip()
    pixels.memory.close()
    os.ftruncate(pixels.fd, 0)
    window.surface.commit()
    app.roundtrip()
    witness.roundtrip()


def test_a_file_truncated_before_its_buffer_is_destroyed(display: Display, witness: App) -> None:
    app = display.app()
    window, pixels = held_by_a_parent(app)
    pixels.memory.close()
    os.ftruncate(pixels.fd, 0)
    pixels.buffer.destroy()
    window.surface.commit()
    app.roundtrip()
    witness.roundtrip()


def test_what_is_replaced_in_the_same_turn_is_not_read(display: Display) -> None:
    """Or a client that commits large buffers as fast as it can would have all of them copied, one after the other."""
    ui, app = display.ui(), display.app()
    window = Window(app, 200, 200)
    app.roundtrip()
    early, last = app.pixels(200, 200, 1), app.pixels(200, 200, 2)
    early.memory.close()
    os.ftruncate(early.fd, 0)
    app.show(window.surface, early)
    app.show(window.surface, last)
    app.roundtrip()  # one write, and nobody is told off for the file that is too short
    ui.settle()
    assert {bytes(ui.pixels(number)) for number in ui.states} == {last.packed()}
    assert early.buffer.named("release") and last.buffer.named("release")


def test_destroyed_buffers_that_wait_are_counted(display: Display, witness: App) -> None:
    """Each keeps the file of its pool open."""
    app = display.app()
    window = Window(app)
    pixels = app.pixels(10, 10)
    for _ in range(MAX_POOLS + 1):
        child = app.surface()
        app.subcompositor.get_subsurface(child, window.surface)
        pool = app.shm.create_pool(pixels.fd, 400)
        buffer = pool.create_buffer(0, 10, 10, 40, 0)
        pool.destroy()
        child.attach(buffer, 0, 0)
        child.commit()
        buffer.destroy()
    refused(display, app)
    witness.roundtrip()


def test_overlapping_rows_are_refused(display: Display) -> None:
    """The last row would end beyond the pool."""
    app = display.app()
    fd = os.memfd_create("short")
    os.ftruncate(fd, 100 * 100)
    pool = app.shm.create_pool(fd, 100 * 100)
    os.close(fd)
    pool.create_buffer(0, 100, 100, 100, 0)
    error = refused(display, app)
    assert (error.interface, error.code) == ("wl_shm_pool", 1)


def test_a_buffer_that_is_gone_again_is_not_checked(display: Display) -> None:
    app = display.app()
    app.pixels(10, 10).buffer.destroy()
    app.roundtrip()


@pytest.mark.parametrize("size", [(16_385, 1), (1, 16_385)])
def test_buffers_beyond_any_screen(display: Display, size: tuple[int, int]) -> None:
    app = display.app()
    app.show(app.surface(), app.pixels(*size))
    assert "pixels" in refused(display, app).message


def test_too_much_memory(display: Display, witness: App) -> None:
    app = display.app()
    shared = Pixels(app.shm, 8_000, 4_000)
    for _ in range(6):
        app.show(app.surface(), shared)
    assert "too much memory" in refused(display, app).message
    shared.close()
    witness.roundtrip()


def test_memory_comes_back(display: Display) -> None:
    app = display.app()
    shared = Pixels(app.shm, 8_000, 4_000)
    for _ in range(6):
        surface = app.surface()
        app.show(surface, shared)
        surface.destroy()
    surface = app.surface()
    for _ in range(6):
        app.show(surface, shared)
        surface.attach(None, 0, 0)
        surface.commit()
    app.roundtrip()
    shared.close()


def test_too_many_surfaces(display: Display, witness: App) -> None:
    app = display.app()
    for _ in range(2_001):
        app.surface()
    assert "surfaces" in refused(display, app).message
    witness.roundtrip()


def test_too_many_objects(display: Display, witness: App) -> None:
    app = display.app()
    for _ in range(20_001):
        app.compositor.create_region()
    assert "objects" in refused(display, app).message
    witness.roundtrip()


def test_too_many_buffers(display: Display, witness: App) -> None:
    app = display.app()
    fd = os.memfd_create("pool")
    os.ftruncate(fd, 4096)
    pool = app.shm.create_pool(fd, 4096)
    os.close(fd)
    for _ in range(20_001):
        pool.create_buffer(0, 1, 1, 4, 0)
    assert "buffers" in refused(display, app).message
    witness.roundtrip()


def test_objects_may_come_and_go_without_end(display: Display) -> None:
    app = display.app()
    for _ in range(30):
        for _ in range(1_000):
            app.compositor.create_region().destroy()
        app.roundtrip()


def test_a_client_that_never_reads(display: Display, witness: App) -> None:
    client = display.client(display.instance())
    for _ in range(200):
        for _ in range(500):
            client.display.sync()
        client.flush()
    display.until_engine(m.InstanceConnections, instance="a", clients=0)
    witness.roundtrip()


def test_region_explosion(display: Display) -> None:
    app = display.app()
    region = app.compositor.create_region()
    region.add(0, 0, 10_000, 10_000)
    for i in range(1_000):
        region.subtract(i * 7, i * 7, 3, 3)
    assert "rectangles" in refused(display, app).message


def test_an_exception_of_ours_costs_one_client(broken_display: Display) -> None:
    """`broken_display` fails in every wl_region.add."""
    witness = broken_display.app(broken_display.instance("witness"))
    app = broken_display.app()
    app.compositor.create_region().add(0, 0, 1, 1)
    error = refused(broken_display, app)
    assert "internal error" in error.message
    witness.roundtrip()


def test_forgetting_an_instance_disconnects_it(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    Window(app)
    ui.until(lambda: ui.windows)
    display.engine.send(m.ForgetInstance("a"))
    with pytest.raises(ClientError):
        app.until(lambda: False)
    ui.until(lambda: not ui.windows and not ui.surfaces)


def test_every_global_has_its_documented_version(display: Display) -> None:
    """What an app without permissions sees is in docs/protocols.md, with the version it sees."""
    table = (Path(__file__).parents[2] / "docs/protocols.md").read_text().splitlines()
    rows = [[cell.strip() for cell in row.split("|")[1:3]] for row in table if row.startswith("| ")]
    documented = {name: version for names, version in rows for name in names.split(", ")}
    announced = display.client(display.instance()).globals
    assert "wl_compositor" in announced
    wrong = {name: v for name, (_number, v) in announced.items() if documented.get(name, str(v)) != str(v)}
    assert wrong == {}
