//! The columns of each kind of line, counted in bytes. The same tables are in `docs/formats/fiscal.md`.

/// Bytes of a line without its line end.
pub(crate) const LINE_BYTES: usize = 200;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name, also in faults.
    pub(crate) name: &'static str,
    /// Its first byte in the line, from 0.
    pub(crate) at: usize,
    pub(crate) bytes: usize,
}

const fn column(name: &'static str, at: usize, bytes: usize) -> Column {
    Column { name, at, bytes }
}

/// 文件头 (`H`), of every file.
pub(crate) mod header {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    pub(crate) const REGION: Column = column("行政区划代码", 1, 6);
    pub(crate) const DATE: Column = column("报送日期", 7, 8);
    pub(crate) const KIND: Column = column("文件类型", 15, 8);
    pub(crate) const COUNT: Column = column("明细数", 23, 8);
    pub(crate) const NUMBER: Column = column("报文标识", 31, 168);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 199, 1);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 7] = [TAG, REGION, DATE, KIND, COUNT, NUMBER, FILLER];
}

/// 财源监测 (`CYJC`): one enterprise and one month.
pub(crate) mod monitor {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const USCC: Column = column("统一社会信用代码", 9, 18);
    pub(crate) const NAME: Column = column("名称", 27, 80);
    pub(crate) const TOWN: Column = column("乡镇街道代码", 107, 9);
    pub(crate) const INDUSTRY: Column = column("行业代码", 116, 4);
    pub(crate) const REVENUE: Column = column("营业收入", 120, 15);
    pub(crate) const TAX: Column = column("税收", 135, 15);
    pub(crate) const ACTIVE: Column = column("经营标志", 150, 1);
    pub(crate) const MOVE: Column = column("迁移标志", 151, 1);
    pub(crate) const PERIOD: Column = column("所属期", 152, 6);
    pub(crate) const FILLER: Column = column("备用", 158, 42);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 12] =
        [TAG, SEQ, USCC, NAME, TOWN, INDUSTRY, REVENUE, TAX, ACTIVE, MOVE, PERIOD, FILLER];
}

/// 处理反馈 (`CLFK`).
pub(crate) mod feedback {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const ASSIGNMENT: Column = column("派遣编号", 9, 48);
    pub(crate) const RESULT: Column = column("处理结果", 57, 1);
    pub(crate) const TIME: Column = column("反馈时间", 58, 14);
    pub(crate) const NUMBER: Column = column("反馈编号", 72, 64);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 136, 64);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 7] = [TAG, SEQ, ASSIGNMENT, RESULT, TIME, NUMBER, FILLER];
}

/// 措施反馈 (`CSFK`).
pub(crate) mod measure {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    #[cfg(test)]
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const REQUEST: Column = column("请求编号", 9, 64);
    pub(crate) const APPLIED: Column = column("是否执行", 73, 1);
    pub(crate) const TIME: Column = column("反馈时间", 74, 14);
    pub(crate) const NUMBER: Column = column("反馈编号", 88, 64);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 152, 48);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 7] = [TAG, SEQ, REQUEST, APPLIED, TIME, NUMBER, FILLER];
}

/// 回执 (`HZ`), in both directions.
pub(crate) mod receipt {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    #[cfg(test)]
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const MESSAGE: Column = column("原报文标识", 9, 168);
    pub(crate) const OUTCOME: Column = column("回执结果", 177, 1);
    pub(crate) const ROWS: Column = column("错误行数", 178, 6);
    pub(crate) const CASES: Column = column("案件数", 184, 6);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 190, 10);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 7] = [TAG, SEQ, MESSAGE, OUTCOME, ROWS, CASES, FILLER];
}

/// 派遣 (`PQ`).
pub(crate) mod assignment {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    #[cfg(test)]
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const ASSIGNMENT: Column = column("派遣编号", 9, 48);
    pub(crate) const CASE: Column = column("案件编号", 57, 32);
    pub(crate) const ROLE: Column = column("主协办", 89, 1);
    pub(crate) const CLAUSE: Column = column("依据条款", 90, 24);
    pub(crate) const TIME: Column = column("派遣时间", 114, 14);
    pub(crate) const DUE: Column = column("反馈期限", 128, 14);
    pub(crate) const USCC: Column = column("统一社会信用代码", 142, 18);
    pub(crate) const TOWN: Column = column("乡镇街道代码", 160, 9);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 169, 31);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 11] = [TAG, SEQ, ASSIGNMENT, CASE, ROLE, CLAUSE, TIME, DUE, USCC, TOWN, FILLER];
}

/// 督办 (`DB`).
pub(crate) mod reminder {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    #[cfg(test)]
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const ASSIGNMENT: Column = column("派遣编号", 9, 48);
    pub(crate) const CASE: Column = column("案件编号", 57, 32);
    pub(crate) const LEVEL: Column = column("督办次数", 89, 4);
    pub(crate) const CLAUSE: Column = column("依据条款", 93, 24);
    pub(crate) const TIME: Column = column("督办时间", 117, 14);
    pub(crate) const DUE: Column = column("反馈期限", 131, 14);
    pub(crate) const USCC: Column = column("统一社会信用代码", 145, 18);
    pub(crate) const TOWN: Column = column("乡镇街道代码", 163, 9);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 172, 28);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 11] = [TAG, SEQ, ASSIGNMENT, CASE, LEVEL, CLAUSE, TIME, DUE, USCC, TOWN, FILLER];
}

/// 撤回派遣 (`CX`).
pub(crate) mod recall {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    #[cfg(test)]
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const ASSIGNMENT: Column = column("派遣编号", 9, 48);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 57, 143);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 4] = [TAG, SEQ, ASSIGNMENT, FILLER];
}

/// 联合惩戒 (`LHCJ`).
pub(crate) mod joint {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    #[cfg(test)]
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const REQUEST: Column = column("请求编号", 9, 64);
    pub(crate) const UNTIL: Column = column("截止日期", 73, 8);
    pub(crate) const DUE: Column = column("反馈期限", 81, 14);
    pub(crate) const USCC: Column = column("统一社会信用代码", 95, 18);
    pub(crate) const TOWN: Column = column("乡镇街道代码", 113, 9);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 122, 78);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 8] = [TAG, SEQ, REQUEST, UNTIL, DUE, USCC, TOWN, FILLER];
}

/// 解除联合惩戒 (`JCCJ`).
pub(crate) mod lift {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    #[cfg(test)]
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const REQUEST: Column = column("请求编号", 9, 64);
    pub(crate) const USCC: Column = column("统一社会信用代码", 73, 18);
    pub(crate) const TOWN: Column = column("乡镇街道代码", 91, 9);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 100, 100);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 6] = [TAG, SEQ, REQUEST, USCC, TOWN, FILLER];
}

/// 续行 (`C`): a piece of a text that belongs to the `D` line before it.
pub(crate) mod continuation {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    pub(crate) const SEQ: Column = column("序号", 1, 8);
    pub(crate) const NUMBER: Column = column("续行号", 9, 5);
    pub(crate) const ITEM: Column = column("栏目", 14, 2);
    pub(crate) const MARK: Column = column("续行标志", 16, 1);
    pub(crate) const LENGTH: Column = column("文本长度", 17, 3);
    pub(crate) const TEXT: Column = column("文本", 20, 180);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 7] = [TAG, SEQ, NUMBER, ITEM, MARK, LENGTH, TEXT];
}

/// 文件尾 (`T`). The totals are revenue and tax in `CYJC`, number of `C` lines and bytes of their texts elsewhere.
pub(crate) mod trailer {
    use super::{Column, column};

    #[cfg(test)]
    pub(crate) const TAG: Column = column("标识", 0, 1);
    pub(crate) const COUNT: Column = column("明细数", 1, 8);
    pub(crate) const FIRST: Column = column("合计一", 9, 15);
    pub(crate) const SECOND: Column = column("合计二", 24, 15);
    #[cfg(test)]
    pub(crate) const FILLER: Column = column("备用", 39, 161);

    #[cfg(test)]
    pub(crate) const ALL: [Column; 5] = [TAG, COUNT, FIRST, SECOND, FILLER];
}
