from pathlib import Path
from tests.display.conftest import Display
from tests.display.shapes import Window

def test_window(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    w = Window(app)
    ui.until(lambda: any(x.mapped for x in ui.windows.values()))
    print(ui.log)
    s = next(iter(ui.windows.values())).surface
    assert ui.pixels(s) == w.pixels.packed()
