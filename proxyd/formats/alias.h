// The aliases of log formats: what "%ci" or "%Ta" stand for.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace proxyd::formats {

enum class Field : std::uint8_t {
  BackAddress, BackPort, Backend, BackendConnections, BackendQueue, BytesIn, BytesOut, ClientAddress, ClientPort,
  ConnectTime, Counter, DataTime, DateLocal, DateMs, DateSeconds, DateUtc, DateWithMs, DestinationAddress,
  DestinationPort, Frontend, FrontendConnections, FrontendTls, HandshakeTime, HostName, IdleTime, Method, Origin, Path,
  PathOnly, Pid, ProcessConnections, Query, QueueTime, RequestCaptures, RequestCapturesClf, RequestCookie,
  RequestCounter, RequestDate, RequestDateLocal, RequestDateUtc, RequestLine, RequestTime, ResponseCaptures,
  ResponseCapturesClf, ResponseCookie, ResponseTime, Retries, Server, ServerAddress, ServerConnections, ServerPort,
  ServerQueue, Status, Termination2, Termination4, TlsCipher, TlsVersion, ActiveTime, TotalTime, UniqueId, Uri, UserTime,
  Version, WholeRequestTime,
};

enum class NeedsMode : std::uint8_t { Any, Http };

struct Alias {
  std::string_view name;  // without '%'
  Field field;
  NeedsMode mode = NeedsMode::Any;
  std::string_view doc;
};

/// Null when there is none of that name.
const Alias* find_alias(std::string_view name);
/// All, sorted by name without regard to case.
std::span<const Alias> aliases();

}  // namespace proxyd::formats
