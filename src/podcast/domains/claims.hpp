#pragma once
// Claims of names for shows: made, taken away, read.

#include "podcast/domains/notices.hpp"

namespace carillon::podcast {

/// Says nothing of who has it.
[[nodiscard]] std::unexpected<Error> taken(const std::string& name);
[[nodiscard]] std::unexpected<Error> no_such_domain(const std::string& name);

/// Any thread; blocks on the database.
class Claims {
 public:
  /// All must live longer.
  Claims(db::Database& database, const Clock& clock, Random& random, const Notices& notices)
      : database_{database}, clock_{clock}, random_{random}, notices_{notices} {}

  /// Secret, hexadecimal.
  [[nodiscard]] std::string new_token() const;
  /// To claims from before there were tokens.
  Result<> give_tokens();

  /// Within a write that changes claims: other nodes keep the table of domains, too.
  void note_change();

  Result<> add(const accounts::Actor& by, const std::string& show_slug, const std::string& name);
  Result<> remove(const accounts::Actor& by, const std::string& show_slug, const std::string& name);
  /// Of a show; with `name` that one alone.
  [[nodiscard]] Result<std::vector<Domain>> of(const std::string& show_slug, const std::optional<std::string>& name);
  /// Of all shows.
  [[nodiscard]] Result<std::vector<Domain>> all();
  /// Whether one of the claims of a name is proven and leads here.
  [[nodiscard]] Result<bool> leads_here(const std::string& name);

 private:
  db::Database& database_;
  const Clock& clock_;
  Random& random_;
  const Notices& notices_;
};

}  // namespace carillon::podcast
