"""Converters of other protocols' messages (FIX, MQTT, protocol buffers, gRPC), made here and given as bytes."""
import struct

from case import case, get

SOH = "\x01"


def fix(body, version="FIX.4.4", check_sum=None, length=None):
    text = f"8={version}{SOH}9={len(body) if length is None else length}{SOH}{body}"
    return (text + f"10={sum(text.encode()) % 256 if check_sum is None else check_sum:03d}{SOH}").encode()


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def packet(kind, body):
    return bytes([kind << 4]) + varint(len(body)) + body


def sized(body):
    return varint(len(body)) + body


def tag(number, wire, body):
    return varint(number << 3 | wire) + body


def signed(number):
    return varint(number & (1 << 64) - 1)


ORDER = fix(f"35=A{SOH}49=SENDER{SOH}56=TARGET{SOH}34=1{SOH}")
CONNECT = packet(1, text("MQTT") + b"\4\xc6" + struct.pack(">H", 60) + text("client") + text("will/topic") + text("gone") +
                 text("user") + text("pass"))
OLD = packet(1, text("MQIsdp") + b"\3\2" + struct.pack(">H", 10) + text("c3"))
FIVE = packet(1, text("MQTT") + b"\5\xc6" + struct.pack(">H", 60) +
              sized(b"\x11\0\0\x0e\x10\x21\0\x14\x15" + text("PLAIN") + b"\x26" + text("k") + text("v")) + text("five") +
              sized(b"\x18\0\0\0\5\3" + text("text/plain")) + text("wt") + text("wp") + text("u5") + text("p5"))
STRANGE = packet(1, text("MQTT") + b"\6\2\0\x0a" + text("c3"))
LONG = packet(1, text("MQTT") + b"\4\2\0\x0a" + text("c3") + b"x")
ACK = packet(2, b"\1\0")
ACK_FIVE = packet(2, b"\0\x87" + sized(b"\x11\0\0\0\x63\x1f" + text("why") + b"\x24\1"))
PUBLISH = b"\x30\5" + text("a") + b"xy"


def point(latitude, longitude):
    return tag(59, 2, sized(tag(1, 0, signed(latitude)) + tag(2, 0, signed(longitude))))


RECTANGLE = tag(48, 2, sized(point(409146138, -746188906))) + tag(49, 2, sized(point(5, 6)))
FIELDS = (tag(1, 0, varint(153)) + tag(2, 1, struct.pack("<q", -5)) + tag(3, 5, struct.pack("<i", -6)) +
          tag(6, 2, b"\3abc") + tag(7, 0, b"\1") + tag(6, 2, b"\3def"))
CALL = b"\0" + struct.pack(">I", len(RECTANGLE)) + RECTANGLE

PIECES = (
    [(message, "fix_is_valid") for message in (
        ORDER, fix(f"35=A{SOH}49=S{SOH}", check_sum=7), fix(f"35=A{SOH}49=S{SOH}", length=3), fix(f"35=A{SOH}", "FIX.9.9"),
        fix(f"49=S{SOH}35=A{SOH}"), fix(f"35=A{SOH}49={SOH}"), ORDER[:-10], b"AB", fix(f"35=A{SOH}x=1{SOH}"))] +
    [(ORDER, f"fix_tag_value({name})") for name in ("BeginString", "BodyLength", "MsgType", "SenderCompID", "56", "34", "CheckSum", "99")] +
    [(message, "mqtt_is_valid") for message in (CONNECT, OLD, FIVE, STRANGE, LONG, ACK, ACK_FIVE, PUBLISH, CONNECT[:-3])] +
    [(message, f"mqtt_field_value({kind},{field})") for message, kind in ((CONNECT, "connect"), (OLD, "1"), (FIVE, "CONNECT"))
     for field in ("flags", "protocol_name", "protocol_version", "client_identifier", "will_topic", "will_payload", "username",
                   "password", "keepalive")] +
    [(FIVE, f"mqtt_field_value(connect,{number})") for number in (17, 33, 21, 22, 24, 3, 1, 39)] +
    [(message, f"mqtt_field_value(connack,{field})") for message in (ACK, ACK_FIVE)
     for field in ("flags", "protocol_version", "reason_code", 17, 31, 36)] +
    [(CONNECT, "mqtt_field_value(connack,flags)"), (ACK, "mqtt_field_value(connect,flags)")] +
    [(RECTANGLE, f"protobuf({field})") for field in ("48.59.1,int32", "48.59.2,int32", "49.59.1,int32", "49.59.2,uint64", "48.59.3,int32",
                                                     "48.59.2,int64", "48.59.1,bool", "48.59.1,fixed32")] +
    [(RECTANGLE, f"protobuf({field}),hex") for field in ("48", "48.59", "49.59", "48.59.1")] +
    [(FIELDS, f"protobuf({field})") for field in ("1,sint64", "1,sint32", "1,uint32", "2,sfixed64", "3,sfixed32", "6", "7,bool", "7,enum", "8", "9.1")] +
    [(CALL, "ungrpc(48.59.1,int32)"), (CALL, "ungrpc(49.59.2,int32)"), (CALL, "ungrpc(48.59),hex"), (RECTANGLE, "ungrpc(48.59),hex")])

for at in range(0, len(PIECES), 3):
    three = PIECES[at:at + 3]
    shown = ";".join(f"<%[bin({message.hex()}),{converter}]>" for message, converter in three)
    case(f"messages {at}: " + " | ".join(converter for _, converter in three), get(), options="  description messages",
         conf=f'unique-id-header x-seen\n  unique-id-format "{shown}"')
