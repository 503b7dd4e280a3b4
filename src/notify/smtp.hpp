#pragma once
// The email channel: RFC 5321 over TLS, through one submission server.

#include "notify/channel.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace carillon::notify {

enum class SmtpSecurity {
  starttls,  ///< starts in plain text; without STARTTLS nothing is sent (RFC 3207)
  tls,       ///< from the first byte (RFC 8314)
  none,      ///< only for a server on the same machine, because user and password aren't encrypted
};

struct SmtpSettings {
  std::string host;
  std::uint16_t port = 587;
  SmtpSecurity security = SmtpSecurity::starttls;
  std::string user;  ///< "": no login
  std::string password;
  std::string from;                            ///< "carillon@example.org" or "Carillon <carillon@example.org>"
  std::filesystem::path ca_file;               ///< PEM file of roots for its certificate; empty: the system's
  std::chrono::milliseconds deadline{30'000};  ///< for one delivery, from the connection to the last reply
};

/// The channel "smtp". "Delivered" means that the final 250 was read; if the connection breaks before that, delivery is unknown, and the
/// retry has the same Message-ID. For codes, see smtp_dialogue.hpp. `invalid` if the host or `from` isn't valid.
[[nodiscard]] Result<std::unique_ptr<Channel>> make_smtp_channel(SmtpSettings settings);

}  // namespace carillon::notify
