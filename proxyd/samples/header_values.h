// Pieces of request targets and of header values, as views. Pure.
#pragma once

#include <string_view>

namespace proxyd::samples {

/// The next value of a header that is a list: split at commas outside quotes, without blanks around. False: that was the
/// last one; else `rest` goes on behind its comma.
bool next_list_value(std::string_view& rest, std::string_view& value);

/// The path within a request target: "/a" of "http://h/a?b" and of "/a?b". Null data when there is none ("*").
std::string_view path_of(std::string_view uri);
/// The same with its query: "/a?b".
std::string_view path_and_query_of(std::string_view uri);
/// What follows the question mark; null data without one.
std::string_view query_of(std::string_view uri);

}  // namespace proxyd::samples
