// See show_rules.hpp.

#include "ads/store/show_rules.hpp"

#include "ads/model/order_fields.hpp"
#include "base/json.hpp"

#include <soci/soci.h>
#include <boost/json/parse.hpp>

namespace carillon::ads::queries {
namespace {

/// What can't be read back (nothing of ours) is as if nothing had been stored.
ShowRules rules_from(const std::string& text) {
  boost::json::error_code bad;
  const auto document = boost::json::parse(text, bad);
  if (bad || !document.is_object()) return {};
  auto rules = show_rules_from(document.as_object());
  return rules ? std::move(*rules) : ShowRules{};
}

}  // namespace

ShowRules rules_of(db::Session& session, const std::string& show_id) {
  std::string text;
  session << "SELECT rules FROM ad_rules WHERE show_id = :id", soci::use(show_id), soci::into(text);
  if (!session.got_data()) return {};
  return rules_from(text);
}

void set_rules(db::Session& session, const std::string& show_id, const ShowRules& rules) {
  const auto text = json_text(document_of(rules));
  session << "INSERT INTO ad_rules (show_id, rules) VALUES (:id, :rules) ON CONFLICT (show_id) DO UPDATE SET rules = excluded.rules",
      soci::use(show_id), soci::use(text);
}

std::map<std::string, ShowRules> rules_of_network(db::Session& session, const std::string& network) {
  std::string show, text;
  soci::statement statement{(session.prepare << "SELECT show_id, rules FROM ad_rules JOIN shows ON shows.id = ad_rules.show_id WHERE "
                                                "network = :network",
                             soci::use(network), soci::into(show), soci::into(text))};
  std::map<std::string, ShowRules> rules;
  statement.execute();
  while (statement.fetch()) rules[show] = rules_from(text);
  return rules;
}

}  // namespace carillon::ads::queries
