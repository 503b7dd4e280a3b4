#pragma once
// JSON documents for certificates, watches and incidents.

#include "certs/drill/drill.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/watch/watcher.hpp"

#include <boost/json/object.hpp>

namespace carillon::api {

[[nodiscard]] boost::json::object document_of(const incidents::Stewardship& in_charge);
[[nodiscard]] boost::json::object document_of(const certs::NameStatus& status, const incidents::Stewardship& machine);
[[nodiscard]] boost::json::object document_of(const certs::HistoryLine& line);
[[nodiscard]] boost::json::object document_of(const certs::Keeper::Import& result);
[[nodiscard]] std::string_view starttls_word(certs::StartTls starttls) noexcept;  ///< as people choose it: "imap", …, or "none"
[[nodiscard]] boost::json::object document_of(const certs::Watch& watch, const incidents::Stewardship& machine, Time now);
[[nodiscard]] boost::json::object document_of(const incidents::Incident& incident);
[[nodiscard]] boost::json::object document_of(const certs::DrillReport& report);

}  // namespace carillon::api
