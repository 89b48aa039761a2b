"""The shared object that wlcs loads: C entry points in front of an embedded Python interpreter.

cffi writes the C; the functions behind it are in `entry`, which every wlcs process imports once.
"""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

from cffi import FFI

NAME = "berth_wlcs"

_TYPES = """
typedef int32_t wl_fixed_t;
typedef struct wl_display wl_display;
typedef struct wl_surface wl_surface;
int wl_display_get_fd(wl_display *);
uint32_t wl_proxy_get_id(wl_surface *);

typedef struct { char const *name; uint32_t version; } WlcsExtensionDescriptor;
typedef struct {
    uint32_t version;
    size_t num_extensions;
    WlcsExtensionDescriptor const *supported_extensions;
} WlcsIntegrationDescriptor;
typedef struct { uint32_t version; ...; } WlcsDisplayServer;
typedef struct { uint32_t version; ...; } WlcsPointer;
typedef struct { uint32_t version; ...; } WlcsTouch;
extern WlcsDisplayServer const berth_server;
extern WlcsPointer const berth_pointer;
extern WlcsTouch const berth_touch;
"""

_FUNCTIONS = """
WlcsDisplayServer *berth_create_server(int argc, char const **argv);
void berth_destroy_server(WlcsDisplayServer *server);
void berth_start(WlcsDisplayServer *server);
void berth_stop(WlcsDisplayServer *server);
int berth_create_client_socket(WlcsDisplayServer *server);
void berth_position_window(WlcsDisplayServer *server, wl_display *client, wl_surface *surface, int x, int y);
WlcsPointer *berth_create_pointer(WlcsDisplayServer *server);
WlcsTouch *berth_create_touch(WlcsDisplayServer *server);
WlcsIntegrationDescriptor const *berth_get_descriptor(WlcsDisplayServer const *server);
void berth_pointer_to(WlcsPointer *pointer, wl_fixed_t x, wl_fixed_t y);
void berth_pointer_by(WlcsPointer *pointer, wl_fixed_t dx, wl_fixed_t dy);
void berth_button_up(WlcsPointer *pointer, int button);
void berth_button_down(WlcsPointer *pointer, int button);
void berth_destroy_pointer(WlcsPointer *pointer);
void berth_touch_down(WlcsTouch *touch, wl_fixed_t x, wl_fixed_t y);
void berth_touch_move(WlcsTouch *touch, wl_fixed_t x, wl_fixed_t y);
void berth_touch_up(WlcsTouch *touch);
void berth_destroy_touch(WlcsTouch *touch);
"""

_SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <wlcs/display_server.h>
#include <wlcs/pointer.h>
#include <wlcs/touch.h>

/* wlcs loads this file with its symbols kept private; Python's own modules need those of libpython. */
__attribute__((constructor)) static void publish_python(void)
{
    Dl_info python;
    if (dladdr((void *)Py_Initialize, &python))
        dlopen(python.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}
%s
WlcsDisplayServer const berth_server = {
    .version = 2,
    .start = berth_start,
    .stop = berth_stop,
    .create_client_socket = berth_create_client_socket,
    .position_window_absolute = berth_position_window,
    .create_pointer = berth_create_pointer,
    .create_touch = berth_create_touch,
    .get_descriptor = berth_get_descriptor,
};
WlcsPointer const berth_pointer = {
    .version = 1,
    .move_absolute = berth_pointer_to,
    .move_relative = berth_pointer_by,
    .button_up = berth_button_up,
    .button_down = berth_button_down,
    .destroy = berth_destroy_pointer,
};
WlcsTouch const berth_touch = {
    .version = 1,
    .touch_down = berth_touch_down,
    .touch_move = berth_touch_move,
    .touch_up = berth_touch_up,
    .destroy = berth_destroy_touch,
};
WlcsServerIntegration const wlcs_server_integration = {
    .version = 1,
    .create_server = berth_create_server,
    .destroy_server = berth_destroy_server,
};
"""


def build(directory: Path) -> Path:
    """Compile the module into `directory`.

    Raises:
        subprocess.CalledProcessError: with the compiler's words in ``stderr``.
    """
    ffi = FFI()
    ffi.cdef(_TYPES)
    ffi.embedding_api(_FUNCTIONS)
    ffi.embedding_init_code("import tests.conformance.entry")
    ffi.set_source(NAME, _SOURCE % _FUNCTIONS)
    source, module = directory / f"{NAME}.c", directory / f"{NAME}.so"
    ffi.emit_c_code(str(source))
    paths = sysconfig.get_paths()
    library, version = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("LDVERSION")
    command = ["gcc", "-shared", "-fPIC", "-O1", "-o", str(module), str(source)]
    command += [f"-I{paths['include']}", f"-I{paths['platinclude']}"]
    command += [f"-L{library}", f"-Wl,-rpath,{library}", f"-lpython{version}"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return module
