#pragma once
// Hides secrets in text from others, e.g. in a server's response that repeats what it was sent.

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Any thread. Finds a secret also if it was escaped (JSON, percent-encoding, HTML; up to three times), encoded (base64, base64url, hex;
/// also as a part of what was encoded), shortened, wrapped or changed in case: every run of kMaskedRun characters of a secret is hidden.
class Mask {
 public:
  /// Secrets with fewer than kShortestSecret characters are ignored, because they occur in any text.
  explicit Mask(const std::vector<std::string>& secrets);

  /// `text` with “[…]” for everything that reveals a part of a secret.
  [[nodiscard]] std::string masked(std::string_view text) const;

  static constexpr std::size_t kShortestSecret = 6;
  static constexpr std::size_t kMaskedRun = 8;

 private:
  void add(std::string_view secret);

  std::set<std::string, std::less<>> runs_;  ///< in lower case, each of kMaskedRun characters, or a whole shorter secret
  std::set<std::size_t> lengths_;            ///< of the runs
};

/// The secrets in a URL: path and query, and the user name with the password, also in the form of Basic authentication.
[[nodiscard]] std::vector<std::string> secrets_in_url(std::string_view url);

}  // namespace carillon
