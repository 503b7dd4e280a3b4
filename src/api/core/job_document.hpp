#pragma once
// The JSON document of a job, for the API and its events.

#include "jobs/jobs.hpp"

#include <boost/json/object.hpp>

namespace carillon::api {

[[nodiscard]] boost::json::object document_of(const jobs::Job& job);

}  // namespace carillon::api
