"""The names of columns: a header's text in, the field that it means in each table out.

The first name of a field is ours; the others have been seen. Earlier names win over later
ones where two columns claim the same field. A name that means something in one table only
tells the table (`weight`).
"""

from __future__ import annotations

import re
import unicodedata

from cardgen.model import Table

_SHARED = {
    "@village": """
        村名 村 行政村 村庄 社区 村社区 村居 所在村 所属村 村名称 村庄名称 行政村名称 社区名称
        所属社区 所在社区 村委会 居委会
    """,
    "@phone": """
        电话 联系电话 手机 手机号 手机号码 联系方式 电话号码 联系号码 手机电话 联系人电话
        联系人手机 联系人联系电话 联系人手机号 电话1 手机1 固定电话 座机
    """,
}
"""Names that several tables share, best first."""

_TABLES = """
[village]
  name
    @village
  zone
    片区 工作区 管区 辖区 所属片区 所属工作区 所属管区 所在片区 片区名称 工作片区 片
  phone
    值班电话 村部电话 办公电话 村委会电话 村委电话 村部值班电话 值班室电话 值班号码 @phone
  group_link
    群二维码 微信群 群链接 微信群链接 微信群二维码 群码 村民群 网格群 二维码 二维码链接 链接
  note
    备注 说明 备注说明
[cadre]
  name
    姓名 干部姓名 联系人 责任人 干部 联系人姓名 责任人姓名 人员姓名 工作人员 包联干部 包保干部
    包保人 包保责任人 负责人 负责人姓名 名字
  role
    职务 角色 岗位 身份 职位 职务名称 岗位名称 职务岗位 岗位职务 人员身份 职责
  phone
    @phone 责任人电话 负责人电话 干部电话
  scope
    负责范围 责任范围 包保范围 分管 包联 负责区域 责任区域 责任区 包联范围 分管范围 联系范围
    包保区域 包保对象 分包范围 分包 包联对象 包联村 包村 联系村 分管片区 分管区域 服务范围
    服务区域 管理范围 责任对象
  village
    @village
[household]
  code
    户号 户编号 住户编号 家庭编号 住户号 户码 门牌编号 编号
  village
    @village
  grid
    网格 网格号 所属网格 网格编号 网格名称 所在网格 网格序号
  group
    组 村民小组 小组 队 村民组 组别 组号 所属组 所在组 居民小组 居民组 生产队 村小组
  building
    楼栋 楼 栋 楼号 栋号 楼栋号 楼栋名称 幢 幢号 楼幢 楼幢号 所在楼栋 楼宇 楼房 单元 单元号
  unit
    单元 单元号 楼栋单元
  door
    门牌 门牌号 门牌号码 房号 房间号 室号 室 门号 住址 家庭住址 家庭地址 详细住址 详细地址
    居住地址 现住址 现住地址 居住地 住宅地址 地址 住房地址
  head
    户主 户主姓名 户主名字 户主名 户主名称 姓名 居民姓名 业主 业主姓名 名字 联系人 联系人姓名
  phone
    户主电话 户主联系电话 户主手机 户主手机号 户主手机号码 @phone 家庭电话 本人电话 业主电话
  members
    人口 家庭人口 人数 家庭人数 家庭人口数 人口数 家庭成员数 户人口 户内人数 常住人口 常住人数
    在家人数
  kinds
    类别 人员类别 特殊情况 重点人群 户类别 家庭类别 人群类别 重点人群类别 特殊人群 特殊类别
    特殊人群类别 人员类型 户类型 家庭类型 人群类型 困难类型 关爱类别 帮扶类别 人群 标签
  watch_from
    观察起 观察开始 观察起始 观察起日 观察起始日期 观察开始日期 观察起日期 观察开始时间
    观察起始时间 观察期起 观察期开始 隔离起 隔离开始 隔离起始日期 隔离开始日期 隔离开始时间
    监测开始日期 观察起止起 开始日期 起始日期 起
  watch_to
    观察止 观察结束 观察截止 观察止日 观察截止日期 观察结束日期 观察止日期 观察结束时间
    观察截止时间 观察期止 观察期结束 隔离止 隔离结束 隔离截止日期 隔离结束日期 隔离结束时间
    监测结束日期 观察起止止 解除日期 解除隔离日期 结束日期 截止日期 止
  route
    路线 路线号 路线名称 分组路线 发放路线 配送路线 走访路线 线路
  note
    备注 说明 备注说明
[venue]
  name
    名称 场所名称 店名 单位 单位名称 商铺名称 店铺名称 商户名称 企业名称 门店名称 场所 商铺 店铺
    商户 门店 招牌
  village
    @village
  address
    地址 场所地址 经营地址 详细地址 单位地址 店铺地址 所在地址 位置 所在位置 门牌 门牌号
  person
    负责人 负责人姓名 场所负责人 店主 店主姓名 经营者 经营者姓名 经营人 法人 法人代表 法定代表人
    老板 联系人 联系人姓名 责任人 姓名
  phone
    负责人电话 店主电话 负责人联系电话 负责人手机 经营者电话 @phone
  kind
    类型 场所类型 经营类型 场所类别 类别 行业 行业类别 业态 单位类型 经营范围
"""
"""A table, its fields, and under each field the names of its column, best first."""

_UNUSED = frozenset(
    """
    序号 序 编号 行号 no id 性别 年龄 出生日期 出生年月 民族 文化程度 学历 政治面貌 婚姻状况
    健康状况 身份证 身份证号 身份证号码 户主身份证 户主身份证号 户主身份证号码 证件号 证件号码
    证件类型 公民身份号码 公民身份证号码 银行卡 银行卡号 银行账号 账号 开户行 社保卡号 一卡通号
    签字 签名 签收 签收人 领取人 领取人签字 户主签字 照片 省 市 县 区 县区 镇 乡 乡镇 街道 镇街
    乡镇街道 更新时间 更新日期 填报人 填报时间 填表日期 登记日期 登记人 性别年龄 备注 说明
    """.split()  # noqa: SIM905 - sixty words read better than sixty strings
)
"""Columns that lists often have and no paper needs; they raise no notice."""

_COMMON = frozenset(
    """
    编号 单位 类型 链接 二维码 人数 身份 职责 名字 干部 起 止 标签 室 位置 片 场所
    """.split()  # noqa: SIM905
)
"""Names that stand in one table here, and could as well in another."""

TITLES = {
    Table.VILLAGE: "村表",
    Table.CADRE: "干部表",
    Table.HOUSEHOLD: "住户表",
    Table.VENUE: "场所表",
}


def _vocabulary() -> dict[Table, dict[str, list[tuple[str, int]]]]:
    found: dict[Table, dict[str, list[tuple[str, int]]]] = {}
    field, rank = "", 0
    for line in _TABLES.split("\n"):
        words = line.split()
        if line.startswith("["):
            keys = found.setdefault(Table(line.strip("[]")), {})
        elif line.startswith("    "):
            for word in words:
                for name in _SHARED.get(word, word).split():
                    rank += 1
                    keys.setdefault(name, []).append((field, rank))
        elif words:
            field, rank = words[0], 0
    return found


VOCABULARY = _vocabulary()
"""For each table: a header's key, and the fields that it may mean, each with its rank."""

_BRACKETED = re.compile(r"[(\[{<〔【《〈「『][^)\]}>〕】》〉」』]*[)\]}>〕】》〉」』]")
_BRACKET = re.compile(r"[()\[\]{}<>〔〕【】《》〈〉「」『』]")
_NOISE = re.compile(r"[\s*★※☆●:;,.。、,，：；/|\\\-—_·\"'“”﹡]+|必填项?|选填项?|可不填|可选")
_PARTS = re.compile(r"[/、|或和及\n]")


def header_keys(text: str) -> list[str]:
    """The keys to look a header up by, best first: "联系\\n电话（必填）" gives "联系电话".

    Headers may be normalised (full width, blanks, marks); values never are.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    bare = _BRACKETED.sub("", plain)
    parts = [part for part in _PARTS.split(bare) if part.strip()]
    tries = [_BRACKET.sub("", plain), bare, *(parts if len(parts) > 1 else [])]
    return list(dict.fromkeys(key for part in tries if (key := _NOISE.sub("", part))))


def weight(key: str) -> int:
    """How much a name tells about the table: 1 if several tables have it, else 3 or more."""
    if key in _COMMON:
        return 1
    tables = [keys[key] for keys in VOCABULARY.values() if key in keys]
    if len(tables) != 1:
        return 1
    # Only a person in office has a role or a scope, whatever else his list holds.
    return 8 if tables[0][0][0] in ("role", "scope") else 3


def is_unused(keys: list[str]) -> bool:
    """Whether a column is a usual one that no paper needs."""
    return any(key in _UNUSED for key in keys)


def is_header_word(text: str) -> bool:
    """Whether any table has a column of this name."""
    return any(key in keys for key in header_keys(text) for keys in VOCABULARY.values())


def nearest_name(text: str, table: Table) -> str:
    """The known name of this table that looks most like the header, or nothing."""
    import difflib  # takes a while to load, and most sheets need it not

    keys = header_keys(text)
    near = difflib.get_close_matches(keys[0] if keys else text, VOCABULARY[table], 1, 0.5)
    return near[0] if near else ""
