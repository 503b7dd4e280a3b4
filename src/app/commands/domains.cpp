// carillon show domain …

#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "base/encoding.hpp"

#include <boost/json/array.hpp>

#include <iostream>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

namespace {

std::string path_of(const std::string& show) { return "/shows/" + percent_encoded(show) + "/domains"; }

void print_records(const json::object& domain, const char* key) {
  for (const auto& item : domain.at(key).as_array()) {
    const auto& record = item.as_object();
    std::cout << "    " << text_of(record, "name") << ".  " << text_of(record, "type") << "  " << text_of(record, "value") << '\n';
  }
}

}  // namespace

Result<> add_domain(const Context& context, const std::string& show, const std::string& name) {
  const json::object document{{"name", name}};
  const auto domain = Control{context.data, context.remote}.call(Method::post, path_of(show), &document);
  if (!domain) return std::unexpected(domain.error());
  if (context.json) {
    print_json(*domain);
    return {};
  }
  std::cout << text_of(*domain, "name") << " is claimed for the show “" << show << "”. Set this DNS record:\n";
  print_records(*domain, "records");
  if (!domain->at("instead").as_array().empty()) {
    std::cout << "or, if you can't set a CNAME:\n";
    print_records(*domain, "instead");
  }
  const auto& proof = domain->at("proof_record").as_object();
  std::cout
      << "Verify the domain within a week by pointing it to this server. If another show also claims the domain, or if the domain points "
         "elsewhere, set\n    "
      << text_of(proof, "name") << ".  " << text_of(proof, "type") << "  " << text_of(proof, "value") << '\n';
  std::cout << text_of(*domain, "next") << "\nCheck its status: carillon show domain list " << show << '\n';
  return {};
}

Result<> list_domains(const Context& context, const std::string& show) {
  const auto domains = Control{context.data, context.remote}.list(path_of(show));
  if (!domains) return std::unexpected(domains.error());
  if (context.json) {
    print_json(*domains);
    return {};
  }
  if (domains->empty()) {
    std::cout << "The show “" << show << "” has no custom domain. Add one: carillon show domain add " << show << " podcast.example.org\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"DOMAIN", "STATE", "CERTIFICATE EXPIRES", "WHAT TO DO"}};
  for (const auto& item : *domains) {
    const auto& domain = item.as_object();
    const auto* certificate = domain.at("certificate").if_object();
    rows.push_back({text_of(domain, "name"), text_of(domain, "state"), certificate ? text_of(*certificate, "not_after") : "",
                    text_of(domain, "next")});
  }
  print_table(rows);
  return {};
}

Result<> remove_domain(const Context& context, const std::string& show, const std::string& name) {
  const auto removed = Control{context.data, context.remote}.call(Method::del, path_of(show) + "/" + percent_encoded(name));
  if (!removed) return std::unexpected(removed.error());
  if (!context.json)
    std::cout << name << " is no longer a domain of the show “" << show
              << "”, and its certificate is no longer managed. You can delete its DNS record.\n";
  return {};
}

}  // namespace carillon::app
