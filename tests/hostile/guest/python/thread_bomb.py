# SPDX-License-Identifier: Apache-2.0
"""Makes threads that sleep, and goes on trying."""

import threading

print("about to", flush=True)
event = threading.Event()
while True:
    try:
        threading.Thread(target=event.wait).start()
    except RuntimeError:
        pass
