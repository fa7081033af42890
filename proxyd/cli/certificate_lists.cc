// add and del ssl crt-list, show tls-keys and set ssl tls-key. Worded as the original does.
#include <fmt/format.h>

#include <iterator>

#include "lib/base/text.h"
#include "proxyd/certificates/library.h"
#include "proxyd/cli/rooms.h"
#include "proxyd/config/bind_tls.h"
#include "proxyd/config/crt_store.h"

namespace proxyd::cli {
namespace {

using certificates::CrtListLine;
using certificates::Library;
using certificates::ListEntry;

/// "/dir/" is the list "/dir".
std::string list_name(std::string_view word) {
  while (word.size() > 1 && word.ends_with('/')) word.remove_suffix(1);
  return std::string{word};
}

/// The line that a command adds: of its payload, or with nothing but the certificate's name.
bool read_line(Call& call, CrtListLine& line) {
  std::string_view text = call.payload.empty() ? call.arg(1) : std::string_view{call.payload};
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto refuse = [&](std::string_view why) {
    call.error(fmt::format("Can't edit the crt-list: {}", why));
    return false;
  };
  if (text.find('\n') != std::string_view::npos || text.empty()) return refuse("only one line of payload is supported!");
  std::string warning;
  const auto fault = read_crt_list_line(text, config::crt_list_options(), line, warning);
  if (!fault.message.empty()) return refuse(fmt::format("parsing [CLI:1]: {}", fault.message));
  if (line.certificate.empty()) return refuse(fmt::format("certificate '{}' does not exist!", text.substr(0, text.find(' '))));
  return true;
}

/// What is wrong with the options between brackets, or an empty text.
std::string check_options(Context& context, const CrtListLine& line) {
  config::BindTls trial;
  const auto held = held_library(context);
  config::TlsReading reading{context.process.site->config->global.tls, *held};
  auto settings = line.settings;
  lib::tls::NamedFiles parts;
  if (std::string fault = config::take_load_options(reading.defaults, settings, parts); !fault.empty()) return fault;
  if (parts != lib::tls::NamedFiles{}) return "files of certificates that are loaded already cannot be named any more";
  for (const CrtListLine::Setting& each : settings) {
    std::string fault = config::find_bind_tls_option(each.option)->parse(reading, trial, each.option, each.value);
    if (!fault.empty()) return fault;
  }
  return {};
}

void add_to_list(Context& context, Call& call) {
  if (call.arg(0).empty() || (call.arg(1).empty() && call.payload.empty()))
    return call.error("'add ssl crtlist' expects a filename and a certificate name");
  const auto held = held_library(context);
  Library& library = *held;
  const std::string list = list_name(call.arg(0));
  const auto refuse = [&](std::string_view why) { call.error(fmt::format("Can't edit the crt-list: {}", why)); };
  const auto found = library.entries.find(list);
  if (found == library.entries.end()) return refuse(fmt::format("crt-list '{}' does not exist!", list));
  CrtListLine line;
  if (!read_line(call, line)) return;
  const bool is_directory = !found->second.empty() && found->second.front().line == 0;
  if (is_directory && !line.certificate.starts_with(list + "/"))
    return refuse(fmt::format("'{}' is a directory, certificate path '{}' must contain the directory path", list, line.certificate));
  if (is_directory)
    for (const ListEntry& each : found->second)
      if (each.certificate == line.certificate) return refuse("file already exists in this directory!");
  const std::string name = config::certificate_name(library, context.process.site->config->global.tls, line.certificate);
  if (!library.certificates().contains(name)) return refuse(fmt::format("certificate '{}' does not exist!", name));
  const auto certificate = library.find(name);
  if (certificate == nullptr || !certificate->fault().empty()) return refuse(fmt::format("certificate '{}' is empty!", name));
  if (const std::string fault = check_options(context, line); !fault.empty()) return refuse(fault);
  std::size_t number = 0;
  for (const ListEntry& each : found->second) number = std::max(number, each.line);
  std::string fault =
      library.add_entry(list, {name, is_directory ? 0 : number + 1, line.has_brackets, std::move(line.settings), std::move(line.filters)});
  fmt::format_to(std::back_inserter(call.out), "Inserting certificate '{}' in crt-list '{}'.\n", name, list);
  if (fault.empty() && context.updater != nullptr) context.updater->look_again();
  if (fault.empty()) call.out += "Success!\n";
  else fmt::format_to(std::back_inserter(call.out), "{}\nFailed!\n", fault);
}

void del_from_list(Context& context, Call& call) {
  if (call.arg(0).empty() || call.arg(1).empty()) return call.error("'del ssl crtlist' expects a filename and a certificate name");
  const auto held = held_library(context);
  Library& library = *held;
  const auto refuse = [&](std::string_view why) { call.error(fmt::format("Can't delete the entry: {}", why)); };
  const std::string list = list_name(call.arg(0));
  const auto found = library.entries.find(list);
  if (found == library.entries.end()) return refuse(fmt::format("crt-list '{}' does not exist!", list));
  std::string name{call.arg(1)};
  std::size_t wanted = 0;
  const std::size_t colon = name.rfind(':');
  if (colon != std::string::npos && !library.certificates().contains(name)) {
    wanted = lib::base::parse_number<std::size_t>(std::string_view{name}.substr(colon + 1)).value_or(0);
    name.resize(colon);
  }
  if (!library.certificates().contains(name)) return refuse(fmt::format("certificate '{}' does not exist!", name));
  std::vector<std::size_t> at;
  std::string numbers;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    if (found->second[i].certificate != name) continue;
    at.push_back(i);
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", found->second[i].line);
  }
  if (at.empty()) return refuse(fmt::format("certificate '{}' can't be found in crt-list '{}'!", name, list));
  if (wanted == 0 && at.size() > 1)
    return refuse(fmt::format("found the certificate '{}' in several entries, please specify a line number preceded by colons ({})!", name, numbers));
  if (wanted != 0) std::erase_if(at, [&](std::size_t each) { return found->second[each].line != wanted; });
  if (at.empty())
    return refuse(fmt::format("found a certificate '{}' but the line number is incorrect, please specify a correct line number preceded "
                              "by colons ({})!", name, numbers));
  if (const std::string fault = library.remove_entry(list, at.front()); !fault.empty()) return refuse(fault);
  if (context.updater != nullptr) context.updater->look_again();
  call.message(Severity::Notice, fmt::format("Entry '{}' deleted in crtlist '{}'!", name, list));
}

// ---- ticket keys

/// "#0" or the file's name. Null: there is none.
std::pair<std::size_t, std::shared_ptr<lib::tls::TicketKeys>> find_keys(const Library& library, std::string_view word) {
  std::size_t number = 0;
  for (const auto& [file, keys] : library.all_ticket_keys()) {
    if (word == file || word == fmt::format("#{}", number)) return {number, keys};
    ++number;
  }
  return {};
}

void show_ticket_keys(Context& context, Call& call) {
  const auto held = held_library(context);
  const Library& library = *held;
  const auto end = std::back_inserter(call.out);
  const bool shows_all = call.arg(0) == "*";
  if (!call.arg(0).empty() && !shows_all && find_keys(library, call.arg(0)).second == nullptr)
    return call.error("'show tls-keys' unable to locate referenced filename");
  call.out += call.arg(0).empty() ? "# id (file)\n" : "# id secret\n";
  std::size_t number = 0;
  for (const auto& [file, keys] : library.all_ticket_keys()) {
    const bool is_meant = shows_all || find_keys(library, call.arg(0)).second == keys;
    if (call.arg(0).empty()) {
      fmt::format_to(end, "{} ({})\n", number, file);
    } else if (is_meant) {
      fmt::format_to(end, "# {} ({})\n", number, file);
      const auto texts = keys->list();
      for (std::size_t i = 0; i < texts.size(); ++i) fmt::format_to(end, "{}.{} {}\n", number, i, texts[i]);
    }
    ++number;
  }
}

void set_ticket_key(Context& context, Call& call) {
  if (call.arg(0).empty() || call.arg(1).empty())
    return call.error("'set ssl tls-key' expects a filename and the new TLS key in base64 encoding.");
  const auto keys = find_keys(*held_library(context), call.arg(0)).second;
  if (keys == nullptr) return call.error("'set ssl tls-key' unable to locate referenced filename");
  if (!keys->add(call.arg(1))) return call.error("'set ssl tls-key' received invalid base64 encoded TLS key.");
  call.message(Severity::Info, "TLS ticket key updated!");
}

}  // namespace

std::vector<Command> certificate_list_commands(Context& context) {
  std::vector<Command> commands;
  commands.push_back(bind(context, {"add ssl crt-list", Level::Admin, "add ssl crt-list <list> <cert> [opts]*", "present a certificate by one line more of a list"}, add_to_list));
  commands.push_back(bind(context, {"del ssl crt-list", Level::Admin, "del ssl crt-list <list> <cert[:line]>", "take a line out of a list"}, del_from_list));
  commands.push_back(bind(context, {"show tls-keys", Level::Operator, "show tls-keys [id|*]", "list files of ticket keys, or the keys"}, show_ticket_keys));
  commands.push_back(bind(context, {"set ssl tls-key", Level::Admin, "set ssl tls-key [id|file] <key>", "the next key of session tickets"}, set_ticket_key));
  return commands;
}

}  // namespace proxyd::cli
