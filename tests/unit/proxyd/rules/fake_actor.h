// A request made of text that rules can change, for tests of actions.
#pragma once

#include <array>
#include <string>

#include "proxyd/rules/action.h"
#include "tests/unit/proxyd/samples/fake_subject.h"

struct FakeActor final : proxyd::rules::Actor {
  explicit FakeActor(std::string head) : subject{std::move(head)}, writer{subject.request, area} {}

  FakeSubject subject;
  std::array<char, 4096> area;
  lib::http::HeadWriter writer;

  lib::http::HeadWriter* request_writer() override { return &writer; }
  bool speaks_early = false;
  bool is_early() const override { return speaks_early; }
  std::string hints;
  bool add_hint(std::string_view name, std::string_view value, proxyd::samples::Context&) override {
    hints.append(name).append(": ").append(value).append("\n");
    return true;
  }
  std::string_view page(int) const override { return "HTTP/1.1 500 x\r\n\r\n"; }
  /// Text and expressions; fields of a log record are not there.
  std::string_view text_of(const proxyd::formats::Format& format, proxyd::samples::Context& context) override {
    std::string text;
    for (const auto& item : format.items) {
      proxyd::samples::Sample sample;
      if (item.expression != nullptr) {
        if (item.expression->evaluate(context, sample)) text += sample.text;
      } else {
        text += item.text;
      }
    }
    return context.arena().keep(text);
  }
  void limit_bandwidth(const proxyd::rules::BandwidthFilter& filter, std::uint64_t bytes, std::int64_t us) override {
    limited_by = &filter;
    limit = bytes;
    period_us = us;
  }
  bool is_asked_as_proxy() const override { return is_proxy; }
  void note_failed_rewrite() override { ++failed_rewrites; }
  bool is_proxy = false;
  int failed_rewrites = 0;
  const proxyd::rules::BandwidthFilter* limited_by = nullptr;
  std::uint64_t limit = 0;
  std::int64_t period_us = 0;
  /// The head as it would be sent.
  std::string sent() const {
    std::string out(writer.total(), '\0');
    out.resize(writer.flatten(out));
    return out;
  }
};
