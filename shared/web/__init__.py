"""What every service's pages and HTTP interface have in common: shell, sessions, problem documents, logs.

Knows no service. Services build their application with `shared.web.service.create_service_app`, answer errors by
raising the problems of `shared.web.problems`, and draw pages with `shared.web.pages.render`.
"""
