"""Runs the Python examples of docs/amqp.md as they stand there: sends one file, receives what is there, prints both as JSON.

Arguments: the page, the broker's port, the virtual host, the agency, the file, the message id. The password comes from the
variable DEPARTMENT_PASSWORD.
"""

import json
import os
import pathlib
import re
import sys
import time

# How long the receipt may take at most.
LIMIT_S = 30

def main():
    page, port, vhost, agency, file, message_id = sys.argv[1:]
    blocks = re.findall(r"^```python\n(.*?)^```", pathlib.Path(page).read_text(), re.DOTALL | re.MULTILINE)
    examples = {}
    exec("\n".join(blocks), examples)  # The page is ours, and this is a test of it.
    stored = {}

    def store(identity, case_number, kind, content_type, body):
        stored.setdefault(identity, [case_number, kind, content_type, len(body)])

    connection = examples["connect"]("127.0.0.1", agency, os.environ["DEPARTMENT_PASSWORD"], vhost=vhost, port=int(port))
    body = pathlib.Path(file).read_bytes()
    examples["send"](connection, agency, agency, message_id, body, "application/xml; charset=GB18030")
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until and not any(kind == "receipt" for _, kind, _, _ in stored.values()):
        examples["receive"](connection, agency, store, wait_s=0.2)
    connection.close()
    json.dump(stored, sys.stdout)


if __name__ == "__main__":
    main()
