// The parts of a request target that rules read and change, and its Host field kept in step. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/http/h1_writer.h"
#include "proxyd/samples/arena.h"

namespace proxyd::rules {

enum class TargetPart : std::uint8_t { Path, PathAndQuery, Query, Whole };

/// That part as it stands; null data where there is none ("*", "host:80" have no path).
std::string_view part_of(std::string_view target, TargetPart part);
/// Puts `text` there. Without a path, a new one takes the place of the whole target; a query is added where there is none,
/// unless it is empty. A whole target that names a host changes the Host field, where there is one. False: no room.
bool set_part(lib::http::HeadWriter& writer, TargetPart part, std::string_view text, samples::Arena& arena);

/// "h:81" of "http://u@h:81/x" and of "h:81"; null data where the target names no host.
std::string_view authority_of(std::string_view target);
/// Writes another authority into a target that has one. False: no room.
bool set_authority(lib::http::HeadWriter& writer, std::string_view authority, samples::Arena& arena);

}  // namespace proxyd::rules
