// The way of one request, walked without sending anything: each station is told as it is passed.
#pragma once

#include <string>
#include <string_view>

#include "proxyd/session/http_stream.h"

namespace proxyd::explain {

/// Walks one stream through the rules. Lines are added to `out` in the order of the way.
class Walk final : public rules::Observer {
 public:
  Walk(session::HttpStream& stream, std::string& out) : stream_{stream}, out_{out} { stream.observer = this; }
  ~Walk() override { stream_.observer = nullptr; }

  /// False: the request ends here, which has been told.
  bool pass_connection();
  bool pass_front();
  bool choose_backend();
  bool pass_back();
  void choose_server();
  void show_request();
  void pass_response();
  void show_timers();
  void show_log_line();

  // rules::Observer
  void saw(const rules::Rule& rule, bool held, rules::Flow flow, samples::Context& context) override;

 private:
  bool run(const rules::RuleList& list, samples::Place place);
  void show_answer(const rules::Rule& rule, samples::Place place);
  void line(std::string_view place, std::string_view text, std::string_view result);
  std::string operands_text(const rules::Condition& condition, samples::Context& context) const;
  void end_with(int status, std::string_view why);

  session::HttpStream& stream_;
  std::string& out_;
};

}  // namespace proxyd::explain
