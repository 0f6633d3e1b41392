"""A department's own client: it knows RabbitMQ and what docs/amqp.md says, and nothing else of the gateway.

It sends one message to the department's inbox, when it is given one, and takes messages from its outbox. What it saw it
prints as one JSON object. The password comes from the variable DEPARTMENT_PASSWORD.
"""

import argparse
import json
import os
import pathlib
import sys
import time
import xml.etree.ElementTree as ElementTree

import pika
import pika.exceptions


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where the broker listens on this machine")
    parser.add_argument("--vhost", required=True)
    parser.add_argument("--agency", required=True, help="the department: its user, its inbox and its outbox")
    parser.add_argument("--send", type=pathlib.Path, help="a file to send")
    parser.add_argument("--message-id", help="the department's own id of what it sends")
    parser.add_argument("--content-type", default="application/octet-stream")
    parser.add_argument("--to", help="another inbox than the own one, to see that it is refused")
    parser.add_argument("--messages", type=int, default=0, help="how many deliveries to wait for")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to wait for them at most")
    parser.add_argument("--seen", type=pathlib.Path, help="where the ids of messages are kept that were worked on")
    parser.add_argument("--no-ack", action="store_true", help="end like a client that is switched off before it acknowledges")
    return parser.parse_args()


def connect(wanted):
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            host="127.0.0.1",
            port=wanted.port,
            virtual_host=wanted.vhost,
            credentials=pika.PlainCredentials(wanted.agency, os.environ["DEPARTMENT_PASSWORD"]),
        )
    )


def send(channel, wanted):
    """Publishes with confirms and mandatory: without an exception, the broker holds the message in a queue."""
    channel.confirm_delivery()
    channel.basic_publish(
        exchange=f"xiezhi.inbox.{wanted.to or wanted.agency}",
        routing_key="",
        body=wanted.send.read_bytes(),
        properties=pika.BasicProperties(
            # The broker checks that it is the user of this connection; the gateway takes nothing without it.
            user_id=wanted.agency,
            message_id=wanted.message_id,
            content_type=wanted.content_type,
            timestamp=int(time.time()),
            delivery_mode=pika.DeliveryMode.Persistent.value,
        ),
        mandatory=True,
    )


def body_of(properties, body):
    """The fields of an XML body by their names; the bytes must be in the encoding that the properties name."""
    if not (properties.content_type or "").startswith("application/xml"):
        return None
    text = body.decode(properties.content_encoding, errors="strict")
    root = ElementTree.fromstring(text)
    fields = {element.tag: (element.text or "") for element in root.iter() if len(element) == 0}
    return {"root": root.tag, "encoding_declared": text.partition("?>")[0], "fields": fields}


def described(method, properties, body):
    headers = properties.headers or {}
    return {
        "message_id": properties.message_id,
        "correlation_id": properties.correlation_id,
        "type": properties.type,
        "content_type": properties.content_type,
        "content_encoding": properties.content_encoding,
        "reply_to": properties.reply_to,
        "user_id": properties.user_id,
        "app_id": properties.app_id,
        "timestamp": properties.timestamp,
        "delivery_mode": properties.delivery_mode,
        "traceparent": headers.get("traceparent"),
        "redelivered": method.redelivered,
        "body": body_of(properties, body),
    }


def receive(channel, wanted, seen):
    """Takes deliveries. An id that was worked on before is only acknowledged."""
    received, duplicates = [], []
    until = time.monotonic() + wanted.seconds
    channel.basic_qos(prefetch_count=100)
    for method, properties, body in channel.consume(f"xiezhi.outbox.{wanted.agency}", inactivity_timeout=0.2):
        if method is not None:
            if properties.message_id in seen:
                duplicates.append(properties.message_id)
            else:
                received.append(described(method, properties, body))
                seen.add(properties.message_id)
            if not wanted.no_ack:
                channel.basic_ack(method.delivery_tag)
        if len(received) + len(duplicates) >= wanted.messages or time.monotonic() > until:
            return received, duplicates


def main():
    wanted = arguments()
    seen = set()
    if wanted.seen and wanted.seen.exists():
        seen.update(wanted.seen.read_text().split())
    result = {"confirmed": None, "refused": None, "received": [], "duplicates": []}
    connection = connect(wanted)
    try:
        channel = connection.channel()
        if wanted.send:
            send(channel, wanted)
            result["confirmed"] = True
        if wanted.messages:
            result["received"], result["duplicates"] = receive(channel, wanted, seen)
    except pika.exceptions.ChannelClosedByBroker as error:
        result["refused"] = error.reply_code
    except (pika.exceptions.UnroutableError, pika.exceptions.NackError) as error:
        result["refused"] = type(error).__name__
    # Before the connection closes, and with it everything that is not acknowledged goes back.
    if wanted.seen:
        wanted.seen.write_text("\n".join(sorted(seen)))
    if connection.is_open:
        connection.close()
    json.dump(result, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
