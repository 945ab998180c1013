import pytest
from django.db import connection

from apps.leads.models import Lead, LeadList
from apps.leads.selectors import Found, list_leads, search_leads
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories


def add(phone: str = "+12125550101", **values: object) -> Lead:
    return factories.LeadFactory.create(phone=phone, **values)


def search(query: str, *, lead_list: LeadList | None = None, cursor: str = "", size: int = 50) -> Found:
    list_ids = [lead_list.id] if lead_list else None
    return search_leads(query, region="US", list_ids=list_ids, cursor=cursor, size=size)


@pytest.mark.parametrize("query", ["+12125550101", "(212) 555-0101", "212.555.0101", "1 212 555 0101"])
def test_search_finds_a_number_in_any_writing_in_every_list(tenant: Tenant, query: str) -> None:
    leads = [add(), add()]
    add("+12125550102")
    assert search(query).leads == leads
    assert search(query, lead_list=leads[1].lead_list).leads == [leads[1]]


@pytest.mark.parametrize("query", ["212555", "1212555", "+1212555", "(212) 555"])
def test_search_finds_numbers_by_their_first_digits(tenant: Tenant, query: str) -> None:
    lead = add()
    add("+16465550101")
    assert search(query).leads == [lead]


@pytest.mark.parametrize("query", ["byr", "BYRON", "Byron, Ada", "ada byron", " Ada  Byron "])
def test_search_finds_the_beginning_of_the_last_name(tenant: Tenant, query: str) -> None:
    lead = add(first_name="Ada", last_name="Byron")
    add("+12125550102", first_name="Bea", last_name="Abyron")
    assert search(query).leads == [lead]


def test_search_finds_a_company_or_first_name_when_there_is_no_last_name(tenant: Tenant) -> None:
    firm = add(first_name="Ada", last_name="", company="Acme Windows")
    ada = add("+12125550102", first_name="Ada", last_name="", company="")
    assert [search("acme w").leads, search("ada").leads] == [[firm], [ada]]


def test_search_puts_the_source_s_own_id_first(tenant: Tenant) -> None:
    named, known = add(last_name="77x"), add("+12125550102", external_id="77x")
    assert search("77x").leads == [known, named]
    assert search("4711").leads == []


def test_search_by_name_pages_without_gaps(tenant: Tenant) -> None:
    leads = [add(f"+1212555010{number}", last_name=f"By{number // 2}") for number in range(5)]
    pages, cursor = [], ""
    while True:
        found = search("by", cursor=cursor, size=2)
        pages.append(found.leads)
        cursor = found.cursor
        if not cursor:
            break
    assert pages == [leads[:2], leads[2:4], leads[4:]]


def test_search_for_nothing_finds_nothing(tenant: Tenant) -> None:
    add()
    assert search("  ") == Found([], "")


def test_search_stays_in_the_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        add(last_name="Byron", external_id="77x")
    assert [search(query).leads for query in ("byron", "77x", "212 555 0101", "2125")] == [[], [], [], []]


def test_list_leads_pages_in_order_of_arrival(tenant: Tenant) -> None:
    lead_list = factories.LeadListFactory.create()
    leads = [add(f"+1212555010{number}", lead_list=lead_list) for number in range(3)]
    first = list_leads(lead_list, size=2)
    assert (first.leads, first.cursor) == (leads[:2], str(leads[1].id))
    assert list_leads(lead_list, cursor=first.cursor, size=2) == Found([leads[2]], "")


@pytest.mark.parametrize(
    ("query", "index"),
    [("byron", "leads_lead_name"), ("2125550101", "leads_lead_once_per_list"), ("x77", "leads_lead_external_id")],
)
def test_search_can_use_an_index_under_row_level_security(tenant: Tenant, query: str, index: str) -> None:
    plans: list[str] = []

    def explain(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        if 'FROM "leads_lead"' in sql and not plans_off:
            with connection.cursor() as cursor:
                plans_off.append(True)
                cursor.execute(f"explain {sql}", params)  # type: ignore[arg-type]
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
                plans_off.clear()
        return execute(sql, params, many, context)  # type: ignore[operator]

    plans_off: list[bool] = []
    # Enough rows that the planner must weigh the indexes, and what it knows of them is of now.
    place, lead_list = factories.PlaceFactory.create(), factories.LeadListFactory.create()
    Lead.objects.bulk_create(
        Lead(
            tenant=tenant,
            lead_list=lead_list,
            place=place,
            phone=f"+1212555{n:04}",
            last_name=f"Name {n}",
            external_id=f"id{n}",
        )
        for n in range(1000)
    )
    with connection.cursor() as cursor:
        cursor.execute("reset role; analyze leads_lead; set role app_rt")
        cursor.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
    with connection.execute_wrapper(explain):
        search(query)
    assert any(f"using {index}" in plan and "Index Cond" in plan for plan in plans), "\n".join(plans)


@pytest.mark.parametrize("cursor", ["9" * 5000, "a~" + "9" * 5000, "\0~1", "x"])
def test_search_and_list_take_any_cursor(tenant: Tenant, cursor: str) -> None:
    lead = add(last_name="Byron")
    assert list_leads(lead.lead_list, cursor=cursor, size=50).cursor == ""
    assert search("byron", cursor=cursor).cursor == ""


@pytest.mark.parametrize("query", ["\0", "by\0ron", "+1\0212555"])
def test_search_takes_any_text(tenant: Tenant, query: str) -> None:
    add(last_name="Byron")
    assert search(query).leads == []
