#include "proxyd/formats/alias.h"

#include <algorithm>
#include <array>

namespace proxyd::formats {
namespace {

using enum Field;
constexpr NeedsMode kHttp = NeedsMode::Http;
constexpr NeedsMode kAny = NeedsMode::Any;

constexpr auto kAliases = std::to_array<Alias>({
    {"ac", ProcessConnections, kAny, "connections of the process"},
    {"B", BytesOut, kAny, "bytes sent to the client, head included"},
    {"b", Backend, kAny, "backend, or the frontend when none was chosen"},
    {"bc", BackendConnections, kAny, "streams of the backend"},
    {"bi", BackAddress, kAny, "own address towards the server"},
    {"bp", BackPort, kAny, "own port towards the server"},
    {"bq", BackendQueue, kAny, "streams that waited before in the backend's queue"},
    {"CC", RequestCookie, kHttp, "captured cookie of the request"},
    {"ci", ClientAddress, kAny, "client's address"},
    {"cp", ClientPort, kAny, "client's port"},
    {"CS", ResponseCookie, kHttp, "captured cookie of the response"},
    {"f", Frontend, kAny, "frontend"},
    {"fc", FrontendConnections, kAny, "connections of the frontend"},
    {"fi", DestinationAddress, kAny, "address that the client connected to"},
    {"fp", DestinationPort, kAny, "port that the client connected to"},
    {"ft", FrontendTls, kAny, "frontend, with ~ when the client uses TLS"},
    {"H", HostName, kAny, "this host's name"},
    {"HM", Method, kHttp, "method"},
    {"HP", Path, kHttp, "request target without its query"},
    {"HPO", PathOnly, kHttp, "path, without scheme, host and query"},
    {"HQ", Query, kHttp, "query with its question mark"},
    {"hr", RequestCaptures, kAny, "captured headers of the request, in braces"},
    {"hrl", RequestCapturesClf, kAny, "the same, each apart"},
    {"hs", ResponseCaptures, kAny, "captured headers of the response, in braces"},
    {"hsl", ResponseCapturesClf, kAny, "the same, each apart"},
    {"HU", Uri, kHttp, "request target"},
    {"HV", Version, kHttp, "HTTP version"},
    {"ID", UniqueId, kAny, "unique id"},
    {"lc", Counter, kAny, "number of this frontend's line"},
    {"ms", DateMs, kAny, "milliseconds of the accept date"},
    {"OG", Origin, kAny, "what made the line be written"},
    {"pid", Pid, kAny, "process number"},
    {"r", RequestLine, kHttp, "request line"},
    {"rc", Retries, kAny, "retries, with + when redispatched"},
    {"rt", RequestCounter, kAny, "number of the request or connection"},
    {"s", Server, kAny, "server"},
    {"sc", ServerConnections, kAny, "streams of the server"},
    {"si", ServerAddress, kAny, "server's address"},
    {"sp", ServerPort, kAny, "server's port"},
    {"sq", ServerQueue, kAny, "streams that waited before in the server's queue"},
    {"sslc", TlsCipher, kAny, "TLS cipher"},
    {"sslv", TlsVersion, kAny, "TLS version"},
    {"ST", Status, kAny, "status"},
    {"T", DateUtc, kAny, "accept date, UTC"},
    {"t", DateWithMs, kAny, "accept date with milliseconds, local time"},
    {"Ta", ActiveTime, kAny, "ms from the request's first byte to the end"},
    {"Tc", ConnectTime, kAny, "ms to connect to the server"},
    {"Td", DataTime, kAny, "ms of data transfer"},
    {"Th", HandshakeTime, kAny, "ms of handshakes below HTTP"},
    {"Ti", IdleTime, kHttp, "ms idle before the request"},
    {"Tl", DateLocal, kAny, "accept date, local time"},
    {"Tq", WholeRequestTime, kHttp, "Th + Ti + TR"},
    {"TR", RequestTime, kHttp, "ms to receive the request's head"},
    {"Tr", ResponseTime, kHttp, "ms until the server's response head"},
    {"tr", RequestDate, kHttp, "request date with milliseconds, local time"},
    {"trg", RequestDateUtc, kHttp, "request date, UTC"},
    {"trl", RequestDateLocal, kHttp, "request date, local time"},
    {"Ts", DateSeconds, kAny, "accept date as seconds since 1970"},
    {"ts", Termination2, kAny, "termination state, two characters"},
    {"tsc", Termination4, kAny, "termination state with cookies, four characters"},
    {"Tt", TotalTime, kAny, "ms from accept to the end"},
    {"Tu", UserTime, kAny, "ms as the user saw it"},
    {"Tw", QueueTime, kAny, "ms in queues"},
    {"U", BytesIn, kAny, "bytes received from the client"},
});

}  // namespace

const Alias* find_alias(std::string_view name) {
  const auto found = std::ranges::find(kAliases, name, &Alias::name);
  return found == kAliases.end() ? nullptr : &*found;
}

std::span<const Alias> aliases() { return kAliases; }

}  // namespace proxyd::formats
