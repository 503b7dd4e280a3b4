// See problem.hpp.

#include "testca/problem.hpp"

#include "base/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace carillon::testca {

std::string document_of(const Problem& problem) {
  boost::json::object document{
      {"type", "urn:ietf:params:acme:error:" + problem.type}, {"detail", problem.detail}, {"status", problem.status}};
  // RFC 8555 §6.2: who is refused for its algorithm is told which ones are spoken.
  if (problem.type == "badSignatureAlgorithm") document["algorithms"] = boost::json::array{"ES256"};
  return json_text(document);
}

std::string retry_after_text(Duration duration) { return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count()); }

http::OutgoingAnswer answer_of(const Problem& problem) {
  http::OutgoingAnswer answer{.status = problem.status, .fields = {}, .body = document_of(problem)};
  answer.fields.set("Content-Type", "application/problem+json");
  if (problem.retry_after) answer.fields.set("Retry-After", retry_after_text(*problem.retry_after));
  return answer;
}

}  // namespace carillon::testca
