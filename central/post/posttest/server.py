"""An SMTP server for tests: aiosmtpd on a free port of 127.0.0.1.

Argument: JSON with mode (none, starttls, tls), cert, key, user, password, and how
it misbehaves. Prints {"port": N}, then one line of JSON per mail it has taken.
Ends when its standard input does.
"""
import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

config = json.loads(sys.argv[1])
state = {"greylisted": 0}


def say(value):
    print(json.dumps(value), flush=True)


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if config.get("refuse_sender") and config["refuse_sender"] in address:
            return "550 5.7.1 not from you"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if config.get("refuse") and config["refuse"] in address:
            return "550 5.1.1 no such mailbox"
        if state["greylisted"] < config.get("greylist", 0):
            state["greylisted"] += 1
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if config.get("die_on_data"):
            os._exit(1)
        if config.get("slow_seconds"):
            await asyncio.sleep(config["slow_seconds"])
        say({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "data": envelope.content.decode("utf-8", "replace"),
            "tls": session.ssl is not None or config["mode"] == "tls", "login": str(session.auth_data or ""),
        })
        return "250 OK taken over"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login.decode() == config["user"] and data.password.decode() == config["password"]
    if good:
        return AuthResult(success=True, auth_data=data.login.decode())
    return AuthResult(success=False, handled=False)


def protocol(context):
    options = {}
    if config["mode"] == "starttls":
        options.update(tls_context=context, require_starttls=True)
    if config.get("user"):
        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=config["mode"] == "starttls")
    return lambda: SMTP(Handler(), hostname="mail.test", **options)


async def main():
    context = None
    if config["mode"] != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(config["cert"], config["key"])
    loop = asyncio.get_running_loop()
    outer = context if config["mode"] == "tls" else None
    server = await loop.create_server(protocol(context), "127.0.0.1", config.get("port", 0), ssl=outer)
    say({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
