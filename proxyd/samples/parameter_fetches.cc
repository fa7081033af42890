// Named values within a request or response: parameters of a URL or a form, cookies, HTTP authentication.
#include <array>

#include "lib/base/text.h"
#include "proxyd/samples/base64.h"
#include "proxyd/samples/header_fetches.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

/// "a=1&b=2": one pair after another.
class Pairs {
 public:
  Pairs(std::string_view text, std::string_view separators) : rest_{text}, separators_{separators}, done_{text.empty()} {}
  bool next() {
    if (done_) return false;
    const std::size_t end = rest_.find_first_of(separators_);
    const std::string_view pair = rest_.substr(0, end);
    done_ = end == std::string_view::npos;
    rest_ = done_ ? std::string_view{} : rest_.substr(end + 1);
    const std::size_t equals = pair.find('=');
    has_value = equals != std::string_view::npos;
    name = pair.substr(0, equals);
    value = has_value ? pair.substr(equals + 1) : std::string_view{"", 0};
    return true;
  }
  std::string_view name, value;
  bool has_value = false;

 private:
  std::string_view rest_;
  std::string_view separators_;
  bool done_;
};

bool same_name(std::string_view name, const Arguments& arguments) {
  const bool ignores_case = arguments.list.back().number != 0;
  return ignores_case ? lib::base::equal_ignoring_case(name, arguments.text(0)) : name == arguments.text(0);
}

/// Shows the values of the parameter that the first argument names, or of all.
bool each_pair(std::string_view text, std::string_view separators, const Arguments& arguments, Context& context,
               const Visitor& visitor) {
  Sample sample;
  for (Pairs pairs{text, separators}; pairs.next();) {
    if (!pairs.has_value) continue;
    if (arguments.has(0) && !same_name(pairs.name, arguments)) continue;
    (void)sample.set_text(pairs.value);
    if (visitor(context, sample)) return true;
  }
  return false;
}

/// The visitor of plain evaluations: takes the first.
Visitor take_first(Sample& out) {
  return {[](void* asker, Context&, Sample& sample) {
            *static_cast<Sample*>(asker) = sample;
            return true;
          },
          &out};
}

std::string check_parameter(Arguments& arguments, Environment&) {
  if (arguments.has(1) && arguments.list.size() == 3 && arguments.text(1).size() != 1) return "a delimiter is one character";
  if (arguments.text(arguments.list.size() - 1) == "i") arguments.list.back().number = 1;
  else if (arguments.has(arguments.list.size() - 1)) return "failed to parse '" + arguments.list.back().text + "': only 'i' is supported as modifier argument";
  return {};
}

bool each_url_parameter(const Arguments& arguments, Context& context, const Visitor& visitor) {
  if (context.request == nullptr) return false;
  const char delimiter = arguments.has(1) ? arguments.text(1).front() : '?';
  const std::string_view uri = context.request->target_text();
  const std::size_t begin = uri.find(delimiter);
  if (begin == std::string_view::npos) return false;
  const std::array<char, 2> own{'&', delimiter == '?' ? ';' : delimiter};
  return each_pair(uri.substr(begin + 1), {own.data(), own.size()}, arguments, context, visitor);
}

bool url_parameter(const Arguments& arguments, Context& context, Sample& out) {
  return each_url_parameter(arguments, context, take_first(out));
}

bool each_url_number(const Arguments& arguments, Context& context, const Visitor& visitor) {
  const auto ask = [](void* asker, Context& inner, Sample& sample) {
    (void)sample.set_number(leading_integer(sample.text));
    return (*static_cast<const Visitor*>(asker))(inner, sample);
  };
  Visitor outer = visitor;
  return each_url_parameter(arguments, context, Visitor{ask, &outer});
}

bool url_number(const Arguments& arguments, Context& context, Sample& out) {
  return each_url_number(arguments, context, take_first(out));
}

bool each_form_parameter(const Arguments& arguments, Context& context, const Visitor& visitor) {
  if (context.request == nullptr) return false;
  bool whole = false;
  return each_pair(context.subject.body(false, context.arena(), whole), "&", arguments, context, visitor);
}

bool form_parameter(const Arguments& arguments, Context& context, Sample& out) {
  return each_form_parameter(arguments, context, take_first(out));
}

// ---- cookies

/// Where the first of several cookies ends: at a semicolon outside quotes.
std::size_t end_of_cookie(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) ++i;
    else if (text[i] == '"') quoted = !quoted;
    else if (text[i] == ';' && !quoted) return i;
  }
  return text.size();
}

/// The cookies of a message, one after another.
class Cookies {
 public:
  Cookies(Side side, const lib::http::MessageHead& head)
      : side_{side}, fields_{head, side == Side::Request ? "cookie" : "set-cookie", Whole::Yes} {}

  bool next() {
    while (true) {
      if (rest_.empty()) {
        if (!fields_.next()) return false;
        rest_ = fields_.value();
      }
      const std::size_t end = end_of_cookie(rest_);
      std::string_view pair = rest_.substr(0, end);
      rest_ = end == rest_.size() || side_ == Side::Response ? std::string_view{} : rest_.substr(end + 1);
      pair = lib::base::trim(pair);
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      name = lib::base::trim(pair.substr(0, equals));
      value = lib::base::trim(pair.substr(equals + 1));
      if (value.data() == nullptr) value = {"", 0};
      return true;
    }
  }
  std::string_view name, value;

 private:
  Side side_;
  FieldValues fields_;
  std::string_view rest_;
};

template <Side Of>
bool each_cookie(const Arguments& arguments, Context& context, const Visitor& visitor) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  if (head == nullptr) return false;
  Sample sample;
  for (Cookies cookies{Of, *head}; cookies.next();) {
    if (arguments.has(0) && cookies.name != arguments.text(0)) continue;
    (void)sample.set_text(cookies.value);
    if (visitor(context, sample)) return true;
  }
  return false;
}

/// The last one of that name; without a name the first.
template <Side Of>
bool cookie(const Arguments& arguments, Context& context, Sample& out) {
  if (!arguments.has(0)) return each_cookie<Of>(arguments, context, take_first(out));
  const Visitor last{[](void* asker, Context&, Sample& sample) {
                       *static_cast<Sample*>(asker) = sample;
                       return false;
                     },
                     &out};
  (void)each_cookie<Of>(arguments, context, last);
  return out.type != Type::None;
}

template <Side Of>
bool cookie_number(const Arguments& arguments, Context& context, Sample& out) {
  return cookie<Of>(arguments, context, out) && out.set_number(leading_integer(out.text));
}

template <Side Of>
bool each_cookie_number(const Arguments& arguments, Context& context, const Visitor& visitor) {
  const auto ask = [](void* asker, Context& inner, Sample& sample) {
    (void)sample.set_number(leading_integer(sample.text));
    return (*static_cast<const Visitor*>(asker))(inner, sample);
  };
  Visitor outer = visitor;
  return each_cookie<Of>(arguments, context, Visitor{ask, &outer});
}

template <Side Of>
bool cookie_count(const Arguments& arguments, Context& context, Sample& out) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  if (head == nullptr) return false;
  std::int64_t count = 0;
  for (Cookies cookies{Of, *head}; cookies.next();)
    if (!arguments.has(0) || cookies.name == arguments.text(0)) ++count;
  return out.set_number(count);
}

template <Side Of>
bool cookie_names(const Arguments& arguments, Context& context, Sample& out) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  if (head == nullptr) return false;
  TextOutput text{context.arena()};
  for (Cookies cookies{Of, *head}; cookies.next();) {
    if (text.size() != 0) text.put(arguments.has(0) ? arguments.text(0).front() : ',');
    text.put(cookies.name);
  }
  return out.set_text(text.finish());
}

/// Of the request, or where only the response is there, of that one: the retired "cookie".
bool either_cookie(const Arguments& arguments, Context& context, Sample& out) {
  return context.request != nullptr ? cookie<Side::Request>(arguments, context, out)
                                    : cookie<Side::Response>(arguments, context, out);
}

// ---- HTTP authentication

struct Credentials {
  std::string_view scheme, user, password, token;
};

/// False: the request has none.
bool read_credentials(Context& context, Credentials& out, std::string_view field = {}) {
  if (context.request == nullptr) return false;
  if (field.empty()) field = context.subject.is_asked_as_proxy() ? "proxy-authorization" : "authorization";
  const std::string_view value = find_value(*context.request, field, 1, Whole::Yes);
  const std::size_t blank = value.find(' ');
  if (value.data() == nullptr || blank == std::string_view::npos || blank == 0) return false;
  out.scheme = value.substr(0, blank);
  out.token = lib::base::trim(value.substr(blank));
  if (!lib::base::equal_ignoring_case(out.scheme, "basic")) return true;
  TextOutput decoded{context.arena()};
  const bool good = decode_base64(out.token, kBase64, decoded);
  const std::string_view both = decoded.finish();
  const std::size_t colon = both.find(':');
  if (!good || colon == std::string_view::npos) return false;
  out.user = both.substr(0, colon);
  out.password = both.substr(colon + 1);
  return true;
}

bool auth_type(const Arguments&, Context& context, Sample& out) {
  Credentials found;
  return read_credentials(context, found) && out.set_text(found.scheme);
}
bool auth_user(const Arguments&, Context& context, Sample& out) {
  Credentials found;
  return read_credentials(context, found) && out.set_text(found.user);
}
bool auth_password(const Arguments&, Context& context, Sample& out) {
  Credentials found;
  return read_credentials(context, found) && out.set_text(found.password);
}

/// The token of "Bearer", or a whole header of another name.
bool auth_bearer(const Arguments& arguments, Context& context, Sample& out) {
  if (context.request == nullptr) return false;
  const std::string_view field = arguments.has(0) ? arguments.text(0) : std::string_view{};
  Credentials found;
  if (read_credentials(context, found, field))
    return lib::base::equal_ignoring_case(found.scheme, "bearer") && out.set_text(found.token);
  return false;
}

bool read_user(Context& context, Credentials& found) {
  return read_credentials(context, found) && found.user.data() != nullptr;
}

bool is_good_user(const Arguments& arguments, const Context& context, const Credentials& found) {
  const Reference* const list = arguments.reference(0);
  return list != nullptr && context.subject.is_user(*list, found.user, found.password);
}

bool auth(const Arguments& arguments, Context& context, Sample& out) {
  Credentials found;
  if (!read_user(context, found)) return false;  // nobody to be asked about
  return out.set(is_good_user(arguments, context, found));
}

bool each_group(const Arguments& arguments, Context& context, const Visitor& visitor) {
  Credentials found;
  if (!read_user(context, found) || !is_good_user(arguments, context, found)) return false;
  Sample sample;
  for (std::size_t i = 0;; ++i) {
    if (!sample.set_text(context.subject.group_of(*arguments.reference(0), found.user, i))) return false;
    if (visitor(context, sample)) return true;
  }
}

bool auth_group(const Arguments& arguments, Context& context, Sample& out) {
  Credentials found;
  return read_user(context, found) && is_good_user(arguments, context, found) && out.set_text(found.user);
}

constexpr Source kHead = Source::RequestHead;

constexpr Fetch url_row(std::string_view name, Type type, FetchFunction function, EachFunction each, bool derived) {
  return {.name = name, .type = type, .source = kHead, .arguments = "?sss", .function = function, .each = each,
          .check = check_parameter, .has_derivatives = derived};
}

template <Side Of>
constexpr Fetch cookie_row(std::string_view name, bool derived) {
  return {.name = name, .type = Type::Text, .source = Of == Side::Request ? kHead : Source::ResponseHead, .arguments = "?s",
          .function = cookie<Of>, .each = each_cookie<Of>, .has_derivatives = derived};
}
template <Side Of>
constexpr Fetch cookie_number_row(std::string_view name) {
  return {.name = name, .type = Type::Int, .source = Of == Side::Request ? kHead : Source::ResponseHead, .arguments = "?s",
          .function = cookie_number<Of>, .each = each_cookie_number<Of>};
}
template <Side Of>
constexpr Fetch cookie_count_row(std::string_view name) {
  return {.name = name, .type = Type::Int, .source = Of == Side::Request ? kHead : Source::ResponseHead, .arguments = "?s",
          .function = cookie_count<Of>};
}
template <Side Of>
constexpr Fetch cookie_names_row(std::string_view name) {
  return {.name = name, .type = Type::Text, .source = Of == Side::Request ? kHead : Source::ResponseHead, .arguments = "?s",
          .function = cookie_names<Of>};
}

constexpr auto kRows = std::to_array<Fetch>({
    cookie_row<Side::Request>("cook", true),
    cookie_count_row<Side::Request>("cook_cnt"),
    cookie_number_row<Side::Request>("cook_val"),
    {.name = "cookie", .type = Type::Text, .source = Source::EitherHead, .arguments = "?s", .function = either_cookie},
    {.name = "http_auth", .type = Type::Bool, .source = kHead, .arguments = "u", .function = auth},
    {.name = "http_auth_bearer", .type = Type::Text, .source = kHead, .arguments = "?s", .function = auth_bearer, .check = check_header},
    {.name = "http_auth_group", .type = Type::Text, .source = kHead, .arguments = "u", .function = auth_group, .each = each_group},
    {.name = "http_auth_pass", .type = Type::Text, .source = kHead, .function = auth_password},
    {.name = "http_auth_type", .type = Type::Text, .source = kHead, .function = auth_type},
    {.name = "http_auth_user", .type = Type::Text, .source = kHead, .function = auth_user},
    {.name = "req.body_param", .type = Type::Binary, .source = Source::RequestBody, .arguments = "?ss",
     .function = form_parameter, .each = each_form_parameter, .check = check_parameter},
    cookie_row<Side::Request>("req.cook", true),
    cookie_count_row<Side::Request>("req.cook_cnt"),
    cookie_names_row<Side::Request>("req.cook_names"),
    cookie_number_row<Side::Request>("req.cook_val"),
    cookie_row<Side::Response>("res.cook", true),
    cookie_count_row<Side::Response>("res.cook_cnt"),
    cookie_names_row<Side::Response>("res.cook_names"),
    cookie_number_row<Side::Response>("res.cook_val"),
    cookie_row<Side::Response>("scook", true),
    cookie_count_row<Side::Response>("scook_cnt"),
    cookie_number_row<Side::Response>("scook_val"),
    url_row("url_param", Type::Text, url_parameter, each_url_parameter, false),
    url_row("urlp", Type::Text, url_parameter, each_url_parameter, true),
    url_row("urlp_val", Type::Int, url_number, each_url_number, false),
});

}  // namespace

std::span<const Fetch> parameter_fetches() { return kRows; }

}  // namespace proxyd::samples
